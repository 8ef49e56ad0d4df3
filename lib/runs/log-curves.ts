import type { FlatRecord } from '../reader/flat-record.js';
import { finiteLength } from '../reader/step-order.js';
import type { LogRecord } from '../reader/types.js';
import { RunCurves } from './run-curves.js';
import { RunSplitter } from './run-splitter.js';

/** The runs of a log as curves, for drawing. */
export class LogCurves extends RunSplitter<RunCurves> {
  /** By session: the elapsed seconds of the run before the session. */
  readonly #before: number[] = [0];

  again(): LogCurves {
    return new LogCurves(this.finder.again());
  }

  /** Gives back memory kept for records to come. */
  rest(): void {
    for (const run of this.runs) run.rest();
  }

  protected newRun(): RunCurves {
    return new RunCurves();
  }

  protected addFlat(
    run: RunCurves,
    record: FlatRecord,
    ...at: [line: number, offset: number, length: number]
  ): void {
    const { step, stepLength } = record;
    const elapsed = this.#elapsed(run, record.elapsedtime);
    const isNumbered = stepLength > 0 && finiteLength(step, stepLength) === stepLength;
    if (!record.hasOthers && isNumbered) {
      run.addFlat(record, elapsed);
    } else {
      run.add(record.entry(...at), elapsed);
    }
  }

  protected addRecord(run: RunCurves, record: LogRecord): void {
    run.add(record, this.#elapsed(run, record.elapsedtime));
  }

  /** A log that has only metadata has one run. */
  protected addMetadata(): void {
    this.run(0);
  }

  /** Elapsed seconds of a run, which go on when the run is resumed. */
  #elapsed(run: RunCurves, elapsedtime: number): number {
    const { session } = this.finder;
    this.#before[session] ??= run.elapsed;
    return this.#before[session] + elapsedtime;
  }
}
