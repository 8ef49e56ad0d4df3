/** A part of the benchmark: what is run, how it is shown, which targets it decides. */
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
  /** For `--section`. */
  readonly name: string;
  readonly title: string;
  /** Number of rounds of a case that takes too long for the usual number. */
  readonly rounds?: number;
  /** May install what it needs first. */
  trials(drivers: readonly DriverSpec[]): readonly Trial[] | Promise<readonly Trial[]>;
  /** A Markdown table. */
  show(results: readonly Result[]): string;
  targets?(results: readonly Result[]): readonly Target[];
}
