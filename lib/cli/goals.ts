/** `--min` and `--max`: which direction is better, where the log does not say or says otherwise. */
import { Goals } from '../runs/goal.js';
import type { Options } from './command.js';
import { MetricChoice } from './metric-choice.js';

export const GOAL_OPTIONS = {
  min: {
    type: 'string',
    multiple: true,
    value: 'PATTERNS',
    help: 'metrics of which the least value is best, where GOAL in the metadata does not say so',
  },
  max: {
    type: 'string',
    multiple: true,
    value: 'PATTERNS',
    help: 'metrics of which the largest value is best',
  },
} as const satisfies Options;

/** The goals, and a check that each name is a metric. */
export class ChosenGoals extends Goals {
  readonly #choices: readonly MetricChoice[];

  constructor(min: MetricChoice, max: MetricChoice) {
    const wants = (choice: MetricChoice) => (name: string) => !choice.isAll && choice.wants(name);
    super(wants(min), wants(max));
    this.#choices = [min, max];
  }

  /** @throws UsageError when one of them names no metric. */
  check(names: readonly string[]): void {
    for (const choice of this.#choices) choice.check(names);
  }
}

/** @throws UsageError for an invalid regular expression. */
export function goalsOf(min: readonly string[], max: readonly string[]): ChosenGoals {
  return new ChosenGoals(new MetricChoice(min, '--min'), new MetricChoice(max, '--max'));
}
