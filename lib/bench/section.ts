/** A part of the benchmark: its trials, how results are shown, and which targets they decide. */
import type { DriverSpec } from './driver.js';
import type { Result, Trial } from './run.js';

export interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly found: string;
  /** Undefined when the benchmark could not measure it. */
  readonly met: boolean | undefined;
}

export interface Section {
  /** The name for `--section`. */
  readonly name: string;
  readonly title: string;
  /** Number of rounds of a case that takes too long for the usual number. */
  readonly rounds?: number;
  /**
   * How often each round repeats its trials, in turns. Trials of a second need repeats: one disturbance of the machine
   * decides the figure of a single such trial.
   */
  readonly repeats?: number;
  /** May first install packages that the trials need. */
  trials(drivers: readonly DriverSpec[]): readonly Trial[] | Promise<readonly Trial[]>;
  /** A Markdown table. */
  show(results: readonly Result[]): string;
  targets?(results: readonly Result[]): readonly Target[];
}
