/** A backend that records its calls. */
import {
  Backend,
  type Data,
  type FlushOptions,
  type Metadata,
  type Step,
  type Timestamp,
  Verbosity,
} from 'dllogger';

/** Records its calls. Throws from the method that a test names. */
export class Recorder extends Backend {
  readonly calls: unknown[][] = [];
  readonly #fails: string | undefined;

  constructor(verbosity: number = Verbosity.VERBOSE, fails?: string) {
    super(verbosity);
    this.#fails = fails;
  }

  #record(...call: unknown[]): void {
    this.calls.push(call);
    if (call[0] === this.#fails) throw new Error(`${this.#fails} failed`);
  }

  override log(timestamp: Timestamp, elapsedtime: number, step: Step, data: Data): void {
    this.#record('log', timestamp, elapsedtime, step, data);
  }

  override metadata(
    timestamp: Timestamp,
    elapsedtime: number,
    metric: string,
    metadata: Metadata,
  ): void {
    this.#record('metadata', timestamp, elapsedtime, metric, metadata);
  }

  override flush(options?: FlushOptions): void {
    this.#record('flush', options);
  }

  override close(): void {
    this.#record('close');
  }
}

/** The methods that were called, in order. */
export function kinds(recorder: Recorder): unknown[] {
  return recorder.calls.map((call) => call[0]);
}
