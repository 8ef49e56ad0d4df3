/**
 * What every tool is that a log can be forwarded to. A new target is one file that implements `Target`, and a line
 * in `forward.ts`.
 */
import type { JsonObject, JsonValue } from '../reader/types.js';
import type { Place } from './global-step.js';

/** Where a record lies: the same for every target. */
export interface Position {
  readonly place: Place;
  /** The iteration in the whole run, the epoch where there are no iterations, or a count. */
  readonly step: number;
  /** Seconds since 1970-01-01 UTC. */
  readonly time: number;
}

/** Receives one log, record by record in the order of the file. Nothing is sent before `drain()`. */
export interface LogTarget {
  /** The next record, counted from 0; what follows is in it. `digest` tells the log by its first record. */
  record(index: number, digest: string): void;
  /** A run begins, or is resumed: the next record replaces what was logged at its step and behind it. */
  session(time: number): void;
  /**
   * The numbers of a record, booleans and nested ones among them.
   *
   * @param names Their names. The same array comes again for the next record of the same form.
   */
  scalars(position: Position, names: readonly string[], values: ArrayLike<number>): void;
  /** A value that is text. */
  text(position: Position, name: string, text: string): void;
  /** What the run was told: its record `'PARAMETER'`. Later values of a name replace earlier ones. */
  parameters(time: number, values: JsonObject): void;
  /** Where it runs: its record `'ENVIRONMENT'`. */
  environment(time: number, values: JsonObject): void;
  metadata(metric: string, metadata: JsonObject): void;
  /** Sends what it has received if that is enough for a request. Called again after a failure. */
  drain(): Promise<void>;
  /** Sends all that it has received: the log has been read to its end, for now. Called again after a failure. */
  end(state: LogEnd): Promise<void>;
  close(): Promise<void>;
}

/** How a log ends as far as its file tells. */
export type LogEnd = 'finished' | 'killed' | 'running';

/** A tool, for all logs of a call. */
export interface Target {
  /** Name for messages. */
  readonly name: string;
  /** Takes only records at these places; undefined: at all. */
  readonly places: readonly Place[] | undefined;
  /** Whether it forgets by itself, at `session()`, what the session replaces; else that is not passed on. */
  readonly forgets: boolean;
  /** Reaches for nothing yet: that is done by `drain()`, which can be repeated. */
  open(log: LogIdentity, report: Report): LogTarget;
}

export interface LogIdentity {
  readonly path: string;
  /** Name of the run: unlike those of the other logs of the call. */
  readonly run: string;
}

/** Counts what a target was given and could not take. */
export class Report {
  /** Values that the target has, by this call or an earlier one. */
  sent = 0;
  readonly skipped = new Map<string, number>();
  /** Sentences for people, each once. */
  readonly notes = new Set<string>();

  /** @param why For instance `text values`. */
  skip(why: string, count = 1): void {
    this.skipped.set(why, (this.skipped.get(why) ?? 0) + count);
  }
}

/** A value as text, for tools that have no lists or objects. */
export function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** An error that may be gone at the next attempt: the tool is down, or has too much to do. */
export class TemporaryError extends Error {
  override readonly name = 'TemporaryError';
}
