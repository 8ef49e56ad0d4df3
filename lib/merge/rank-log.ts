/** Reads the log of a rank in chunks, as its records are needed. */
import { FlatRecord } from '../reader/flat-record.js';
import type { Shape } from '../reader/key-tree.js';
import { LogScan } from '../reader/log-scan.js';
import { parseRecord } from '../reader/parse.js';
import { type RawMember, rawMembers } from '../reader/raw-json.js';
import type { RunFinder } from '../reader/run-finder.js';
import type { JsonValue, LogRecord, MetadataRecord } from '../reader/types.js';
import { type Place, PlaceFinder } from './place.js';

/** Limit on the bytes of all logs' chunks together, and the smallest and largest chunk. */
const ALL_CHUNKS = 2 ** 24;
const [LEAST_CHUNK, LARGEST_CHUNK] = [2 ** 14, 2 ** 16];
/** Limit on logs that stay open. Beyond it each log is opened for each read. */
const MAX_OPEN = 200;

/** A record of a rank that is not merged yet. */
export interface RankRecord {
  readonly place: Place;
  readonly step: JsonValue;
  /** The record as written. */
  readonly text: string;
  /** The parts of a record of the usual form: both times, ASCII only. */
  readonly flat: FlatParts | undefined;
}

/** The parts of a record of the usual form. */
export interface FlatParts {
  readonly shape: Shape;
  /** The step as written. */
  readonly step: string;
  readonly values: readonly JsonValue[];
  /** Offsets in the text: begin and end of the data, then of each value. */
  readonly bounds: readonly number[];
}

/** Memory shared by logs, which are read in turns. */
export function sharedMemory(logs: number) {
  const chunkSize = Math.max(LEAST_CHUNK, Math.min(LARGEST_CHUNK, Math.floor(ALL_CHUNKS / logs)));
  return { flat: new FlatRecord(), chunkSize, isReopened: logs > MAX_OPEN };
}

/** Thrown when a later session of a log replaces steps of which some may be merged already. */
export class Resumed extends Error {}

export class RankLog {
  readonly path: string;
  /** Whether the whole log was read. The queue may still hold records. */
  isRead = false;
  /** The time of the first record; NaN when that record has no time. */
  firstTime: number | undefined;
  /** Called with each metadata record as it is read. */
  onMetadata: (record: MetadataRecord, raw: ReadonlyMap<string, RawMember>) => void = () => {};
  readonly #scan: LogScan;
  readonly #steps: AsyncGenerator<void>;
  readonly #places = new PlaceFinder();
  #queue: RankRecord[] = [];
  #at = 0;

  /** @param finder finds the steps that later sessions replace; undefined: all sessions are merged. */
  constructor(
    path: string,
    memory: ReturnType<typeof sharedMemory>,
    finder: RunFinder | undefined,
  ) {
    this.path = path;
    const isLeft = () => {
      if (finder?.isSettled === false) throw new Resumed();
      return finder?.isHidden === true;
    };
    const sink = {
      flat: (record: FlatRecord, line: number) => {
        finder?.flat(record, line);
        if (!isLeft()) this.#add(record.stepValue, record.text, record);
      },
      entry: (entry: LogRecord | MetadataRecord, text: Buffer) => {
        finder?.entry(entry);
        if (isLeft()) return;
        if (entry.kind === 'LOG') this.#add(entry.step, text, undefined);
        else this.onMetadata(entry, rawMembers(text.toString()));
      },
    };
    this.#scan = new LogScan(path, sink, {}, memory);
    this.#steps = this.#scan.steps();
  }

  get problems(): number {
    return this.#scan.problems.count;
  }

  /** The next record in the queue; undefined when the queue is empty. */
  get next(): RankRecord | undefined {
    return this.#queue[this.#at];
  }

  /** Whether the queue is empty and the log goes on. */
  get isEmpty(): boolean {
    return this.#at === this.#queue.length && !this.isRead;
  }

  take(): void {
    this.#at++;
  }

  /** Reads until the queue has a record, or the log ends. */
  async fill(): Promise<void> {
    while (this.isEmpty) {
      this.#queue = [];
      this.#at = 0;
      this.isRead = (await this.#steps.next()).done === true;
    }
  }

  async close(): Promise<void> {
    await this.#steps.return(undefined);
  }

  #add(step: JsonValue, bytes: Buffer, flat: FlatRecord | undefined): void {
    const text = bytes.toString();
    const isFlat = flat !== undefined && text.length === bytes.length;
    const parts = isFlat ? partsOf(flat, text) : undefined;
    const place = this.#places.of(step);
    this.firstTime ??= flat?.timestamp ?? timeOf(text);
    this.#queue.push({ place, step, text, flat: parts });
  }
}

/** @throws Error when the text is not the record that it was when it was read before. */
export function entryOf(text: string): LogRecord {
  const bytes = Buffer.from(text);
  const entry = parseRecord(bytes, { line: 0, offset: 0, length: bytes.length });
  if (typeof entry === 'string' || entry.kind !== 'LOG') throw new Error(`no record: ${text}`);
  return entry;
}

function timeOf(text: string): number {
  return entryOf(text).timestamp;
}

function partsOf(record: FlatRecord, text: string): FlatParts | undefined {
  const { shape, stepStart, dataStart, valueStarts, valueEnds } = record;
  // A record without one of its times takes the slow way, which derives the time.
  if (Number.isNaN(record.timestamp) || Number.isNaN(record.elapsedtime)) return undefined;
  const values: JsonValue[] = [];
  const bounds = [dataStart];
  for (let i = 0; i < shape.names.length; i++) {
    const other = record.other(i);
    values.push(other === undefined ? (record.values[i] as number) : other);
    bounds.push(valueStarts[i] as number, valueEnds[i] as number);
  }
  return { shape, step: text.slice(stepStart, dataStart), values, bounds };
}
