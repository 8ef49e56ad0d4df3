/** Which records and metrics are wanted: `--metric` and `--step`. */
import { stepComponents, stepKind } from '../reader/step.js';
import type { JsonValue } from '../reader/types.js';
import { UsageError } from './command.js';

/** Tells whether a name is wanted. */
export type NameFilter = (name: string) => boolean;
/** Tells whether a step is wanted. */
export type StepFilter = (step: JsonValue) => boolean;

/**
 * Wants steps that begin with the given components, separated by commas: a number, a range `10-20`, or `*`. Any other
 * text wants the step that is this text.
 *
 * @throws UsageError for a range without numbers.
 */
export function stepFilter(text: string | undefined): StepFilter {
  if (text === undefined) return () => true;
  const components = text
    .replace(/^[[(]|[\])]$/g, '')
    .split(',')
    .map((component) => component.trim())
    .filter((component) => component !== '');
  if (!components.every((one) => one === '*' || NUMBER_OR_RANGE.test(one))) {
    return (step) => step === text;
  }
  if (components.length === 0) return (step) => stepKind(step) === 'run';
  const tests = components.map(componentTest);
  return (step) => {
    const values = stepComponents(step);
    return values.length >= tests.length && tests.every((test, i) => test(values[i]));
  };
}

const NUMBER_OR_RANGE = /^(-?[\d.]+)(?:-(-?[\d.]+))?$/;

function componentTest(text: string): (value: JsonValue | undefined) => boolean {
  const match = NUMBER_OR_RANGE.exec(text);
  if (match === null) return () => true;
  const least = Number(match[1]);
  const most = Number(match[2] ?? match[1]);
  if (!(least <= most)) throw new UsageError(`--step: the range ${text} holds nothing`);
  return (value) => typeof value === 'number' && value >= least && value <= most;
}
