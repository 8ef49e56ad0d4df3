/**
 * The interface of every tool that a log can be forwarded to. A new target is one file that implements `Target`, and a
 * line in `forward.ts`.
 */
import type { JsonObject, JsonValue } from '../reader/types.js';
import type { StepLevel } from './global-step.js';

/** A record's position in its run, the same for every target. */
export interface Position {
  readonly level: StepLevel;
  /** The iteration in the whole run, the epoch where there are no iterations, or a count. */
  readonly step: number;
  /** Seconds since 1970-01-01 UTC. */
  readonly time: number;
}

/** Receives one log, record by record in file order. Nothing is sent before `drain()`. */
export interface LogTarget {
  /**
   * Begins a record, counted from 0: the calls that follow belong to it. `digest`, of the first record, identifies
   * the log.
   */
  record(index: number, digest: string): void;
  /** A run begins, or is resumed: the next record replaces what was logged at its step and at later steps. */
  session(time: number): void;
  /**
   * The numbers of a record, booleans and nested ones among them.
   *
   * @param names Their names. The next record of the same form has the same array.
   */
  scalars(position: Position, names: readonly string[], values: ArrayLike<number>): void;
  /** A value that is text. */
  text(position: Position, name: string, text: string): void;
  /** The run's parameters: a record with step `'PARAMETER'`. Later values of a name replace earlier ones. */
  parameters(time: number, values: JsonObject): void;
  /** The run's environment: a record with step `'ENVIRONMENT'`. */
  environment(time: number, values: JsonObject): void;
  metadata(metric: string, metadata: JsonObject): void;
  /** Sends what it has received if that is enough for a request. Called again after a failure. */
  drain(): Promise<void>;
  /** Sends all that it has received: the log has been read to its end, for now. Called again after a failure. */
  end(state: LogEnd): Promise<void>;
  close(): Promise<void>;
}

/** How a log ends, as far as its file shows. */
export type LogEnd = 'finished' | 'killed' | 'running';

/** A tool, for all logs of a call. */
export interface Target {
  /** Name for messages. */
  readonly name: string;
  /** The positions whose records the tool takes; undefined: all. */
  readonly levels: readonly StepLevel[] | undefined;
  /** Whether the tool forgets, at `session()`, what the session replaces; otherwise replaced records are left out. */
  readonly forgets: boolean;
  /** Contacts nothing: `drain()` does, which can be repeated. */
  open(log: LogIdentity, report: Report): LogTarget;
}

export interface LogIdentity {
  readonly path: string;
  /** Name of the run: unlike those of the other logs of the call. */
  readonly run: string;
}

/** Counts what a target has, and what it could not take. */
export class Report {
  /** Values that the target has, by this call or an earlier one. */
  sent = 0;
  readonly skipped = new Map<string, number>();
  /** Messages for people, each once. */
  readonly notes = new Set<string>();

  /** @param why A plural noun, for instance `text values`. */
  skip(why: string, count = 1): void {
    this.skipped.set(why, (this.skipped.get(why) ?? 0) + count);
  }
}

/** A value as text, for tools that have no lists or objects. */
export function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A failure that may pass: the tool is down, or overloaded. */
export class TemporaryError extends Error {
  override readonly name = 'TemporaryError';
}
