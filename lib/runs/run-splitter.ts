import type { FlatRecord } from '../reader/flat-record.js';
import type { RecordReceiver } from '../reader/log-scan.js';
import { RunFinder } from '../reader/run-finder.js';
import { mergedMetadata } from '../reader/step.js';
import type { JsonObject, LogEntry } from '../reader/types.js';
import { RunCurves } from './run-curves.js';

/** A log as it is read: the runs in it, without what later sessions replaced, and the metadata. */
export class RunSplitter implements RecordReceiver {
  /** Metadata by metric. */
  readonly metadata = new Map<string, JsonObject>();
  readonly runs: RunCurves[] = [];
  /** Goes up with every record. */
  records = 0;
  /** Goes up with every description of a metric. */
  described = 0;
  readonly #finder: RunFinder;
  /** By session: elapsed seconds of its run before it. */
  readonly #before: number[] = [];

  constructor(finder = new RunFinder()) {
    this.#finder = finder;
  }

  /** Whether the runs are what the log holds; else it is to be read anew, with the table `again()` gives. */
  get isSettled(): boolean {
    return this.#finder.isSettled;
  }

  /** A table for reading the log anew, that knows what replaces what. */
  again(): RunSplitter {
    return new RunSplitter(this.#finder.again());
  }

  /** Takes a record that the reader found to be numbers only. */
  flat(record: FlatRecord, line: number, offset: number, length: number): void {
    this.records++;
    const finder = this.#finder;
    finder.flat(record, line);
    if (finder.isHidden || !finder.isSettled) return;
    const { step, stepLength, elapsedtime } = record;
    const run = this.#run(finder.run);
    const elapsed = this.#elapsed(run, finder.session, elapsedtime);
    if (!record.hasOthers && stepLength > 0 && allFinite(step, stepLength)) {
      run.addFlat(record, elapsed);
    } else {
      run.add(record.entry(line, offset, length), elapsed);
    }
  }

  /** Takes any record. */
  entry(entry: LogEntry): void {
    this.records++;
    const finder = this.#finder;
    finder.entry(entry);
    if (entry.kind === 'METADATA') {
      this.described++;
      const known = this.metadata.get(entry.metric);
      this.metadata.set(entry.metric, mergedMetadata(known, entry.metadata));
      this.#run(0);
    } else if (!finder.isHidden && finder.isSettled) {
      const run = this.#run(finder.run);
      run.add(entry, this.#elapsed(run, finder.session, entry.elapsedtime));
    }
  }

  /** Elapsed seconds of a run, which go on when it is resumed. */
  #elapsed(run: RunCurves, session: number, elapsedtime: number): number {
    this.#before[session] ??= run.elapsed;
    return this.#before[session] + elapsedtime;
  }

  #run(index: number): RunCurves {
    while (this.runs.length <= index) this.runs.push(new RunCurves());
    return this.runs[index] as RunCurves;
  }
}

function allFinite(step: Float64Array, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if (!Number.isFinite(step[i])) return false;
  }
  return true;
}
