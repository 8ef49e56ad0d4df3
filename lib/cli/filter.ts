/** Which records and metrics are wanted: `--metric` and `--step`. */
import { stepComponents, stepKind } from '../reader/step.js';
import type { JsonValue } from '../reader/types.js';
import { UsageError } from './command.js';

/** Tells whether a name is wanted. */
export type NameFilter = (name: string) => boolean;
/** Tells whether a step is wanted. */
export type StepFilter = (step: JsonValue) => boolean;

/**
 * Steps that begin with these places, separated by commas: a number, a range `10-20`, or `*`;
 * otherwise the step's text.
 *
 * @throws UsageError for a range that holds nothing.
 */
export function stepFilter(text: string | undefined): StepFilter {
  if (text === undefined) return () => true;
  const places = text
    .replace(/^[[(]|[\])]$/g, '')
    .split(',')
    .map((place) => place.trim())
    .filter((place) => place !== '');
  if (!places.every((place) => place === '*' || NUMBER_OR_RANGE.test(place))) {
    return (step) => step === text;
  }
  if (places.length === 0) return (step) => stepKind(step) === 'run';
  const tests = places.map(placeTest);
  return (step) => {
    const values = stepComponents(step);
    return values.length >= tests.length && tests.every((test, i) => test(values[i]));
  };
}

const NUMBER_OR_RANGE = /^(-?[\d.]+)(?:-(-?[\d.]+))?$/;

function placeTest(place: string): (value: JsonValue | undefined) => boolean {
  const match = NUMBER_OR_RANGE.exec(place);
  if (match === null) return () => true;
  const least = Number(match[1]);
  const most = Number(match[2] ?? match[1]);
  if (!(least <= most)) throw new UsageError(`--step: the range ${place} holds nothing`);
  return (value) => typeof value === 'number' && value >= least && value <= most;
}
