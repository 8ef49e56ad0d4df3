import type { FlatRecord } from '../reader/flat-record.js';
import type { RecordReceiver } from '../reader/log-scan.js';
import { RunFinder } from '../reader/run-finder.js';
import { mergedMetadata } from '../reader/step.js';
import type { JsonObject, LogEntry, LogRecord, MetadataRecord } from '../reader/types.js';

const NO_RUNS: readonly never[] = [];
const NO_METADATA: ReadonlyMap<string, JsonObject> = new Map();

/**
 * Splits a log into its runs, without what later sessions replaced. A subclass defines what is gathered of a run.
 *
 * @typeParam Gathered What a run becomes.
 */
export abstract class RunSplitter<Gathered> implements RecordReceiver {
  /** In the order of their first records. */
  #runs: readonly Gathered[] = NO_RUNS;
  #metadata: Map<string, JsonObject> | undefined;
  /** Number of records so far, metadata included. */
  records = 0;
  /** Number of metadata records so far. */
  described = 0;
  protected readonly finder: RunFinder;

  constructor(finder = new RunFinder()) {
    this.finder = finder;
  }

  get runs(): readonly Gathered[] {
    return this.#runs;
  }

  /** Metadata by metric. */
  get metadata(): ReadonlyMap<string, JsonObject> {
    return this.#metadata ?? NO_METADATA;
  }

  /** Whether the runs are those of the log. If not, read the log again, into the splitter that `again()` returns. */
  get isSettled(): boolean {
    return this.finder.isSettled;
  }

  /** A splitter to read the log again, which knows what is replaced. */
  abstract again(): RunSplitter<Gathered>;

  protected abstract newRun(): Gathered;
  /** Adds a record that the reader has read without building objects. */
  protected abstract addFlat(
    run: Gathered,
    record: FlatRecord,
    ...at: [line: number, offset: number, length: number]
  ): void;
  protected abstract addRecord(run: Gathered, record: LogRecord): void;
  /** Called with a metadata record, after it was merged into `metadata`. */
  protected abstract addMetadata(record: MetadataRecord): void;

  flat(record: FlatRecord, line: number, offset: number, length: number): void {
    this.records++;
    this.finder.flat(record, line);
    if (this.holds) this.addFlat(this.run(this.finder.run), record, line, offset, length);
  }

  entry(entry: LogEntry): void {
    this.records++;
    this.finder.entry(entry);
    if (entry.kind === 'METADATA') {
      this.described++;
      this.#metadata ??= new Map();
      const known = this.#metadata.get(entry.metric);
      this.#metadata.set(entry.metric, mergedMetadata(known, entry.metadata));
      this.addMetadata(entry);
    } else if (this.holds) {
      this.addRecord(this.run(this.finder.run), entry);
    }
  }

  /** Whether the latest record belongs to its run: no later session replaced it. */
  protected get holds(): boolean {
    return !this.finder.isHidden && this.finder.isSettled;
  }

  protected run(index: number): Gathered {
    while (this.#runs.length <= index) this.#runs = this.#runs.concat([this.newRun()]);
    return this.#runs[index] as Gathered;
  }
}
