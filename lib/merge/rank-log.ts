/** Reads the log of a rank in chunks, as its records are needed. */
import { FlatRecord } from '../reader/flat-record.js';
import { LogScan } from '../reader/log-scan.js';
import { parseRecord } from '../reader/parse.js';
import { type RawMember, rawMembers } from '../reader/raw-json.js';
import type { RunFinder } from '../reader/run-finder.js';
import type { LogRecord, MetadataRecord } from '../reader/types.js';
import type { ChosenMetrics } from './chosen.js';
import { RecordQueue } from './record-queue.js';

/** Limit on the bytes of all logs' chunks together, and the smallest and largest chunk. */
const ALL_CHUNKS = 2 ** 26;
const [LEAST_CHUNK, LARGEST_CHUNK] = [2 ** 14, 2 ** 18];
/** Least part of a chunk that a queue holds while its log goes on, so that many records are merged at a time. */
const LEAST_QUEUED = 1 / 4;
/** Least number of records that a queue holds likewise: the next one shows that a step has no more. */
const LEAST_RECORDS = 2;
/** Limit on logs that stay open. Beyond it each log is opened for each read. */
const MAX_OPEN = 200;

/** Memory shared by logs, which are read in turns. */
export function sharedMemory(logs: number) {
  const chunkSize = Math.max(LEAST_CHUNK, Math.min(LARGEST_CHUNK, Math.floor(ALL_CHUNKS / logs)));
  return { flat: new FlatRecord(), chunkSize, isReopened: logs > MAX_OPEN };
}

/** Thrown when a later session of a log replaces steps of which some may be merged already. */
export class Resumed extends Error {}

export class RankLog {
  readonly path: string;
  /** The records that are read and not merged. */
  readonly queue = new RecordQueue();
  /** The time of the first record; NaN when that record has no time. */
  firstTime: number | undefined;
  /** Called with each metadata record as it is read. */
  onMetadata: (record: MetadataRecord, raw: ReadonlyMap<string, RawMember>) => void = () => {};
  readonly #scan: LogScan;
  readonly #steps: AsyncGenerator<void>;
  readonly #leastQueued: number;

  /**
   * @param finder finds the steps that later sessions replace; undefined: all sessions are merged.
   * @param chosen the metrics to merge; undefined: all.
   */
  constructor(
    path: string,
    memory: ReturnType<typeof sharedMemory>,
    finder: RunFinder | undefined,
    chosen: ChosenMetrics | undefined,
  ) {
    this.path = path;
    const { queue } = this;
    const isLeft = () => {
      if (finder?.isSettled === false) throw new Resumed();
      return finder?.isHidden === true;
    };
    const sink = {
      flat: (record: FlatRecord, line: number) => {
        finder?.flat(record, line);
        if (isLeft()) return;
        this.firstTime ??= record.timestamp;
        if (chosen === undefined) queue.addFlat(record);
        else chosen.addFlat(record, queue);
      },
      entry: (entry: LogRecord | MetadataRecord, text: Buffer) => {
        finder?.entry(entry);
        if (isLeft()) return;
        if (entry.kind === 'LOG') {
          this.firstTime ??= entry.timestamp;
          if (chosen === undefined) queue.addOther(entry.step, text);
          else chosen.addRecord(entry, text, queue);
        } else if (chosen?.wants(entry.metric) !== false) {
          this.onMetadata(entry, rawMembers(text.toString()));
        }
      },
    };
    this.#scan = new LogScan(path, sink, {}, memory);
    this.#steps = this.#scan.steps();
    this.#leastQueued = memory.chunkSize * LEAST_QUEUED;
  }

  get problems(): number {
    return this.#scan.problems.count;
  }

  /** Whether the queue holds little, and the log goes on. */
  get isLow(): boolean {
    const { isWhole, size, length } = this.queue;
    return !isWhole && (size < this.#leastQueued || length < LEAST_RECORDS);
  }

  /** Reads until the queue holds enough, or the log ends. */
  async fill(): Promise<void> {
    while (this.isLow) {
      this.queue.keep();
      this.queue.isWhole = (await this.#steps.next()).done === true;
    }
  }

  async close(): Promise<void> {
    await this.#steps.return(undefined);
  }
}

/** @throws Error when the text is no longer the record that was read before. */
export function entryOf(text: string): LogRecord {
  const bytes = Buffer.from(text);
  const entry = parseRecord(bytes, { line: 0, offset: 0, length: bytes.length });
  if (typeof entry === 'string' || entry.kind !== 'LOG') throw new Error(`no record: ${text}`);
  return entry;
}
