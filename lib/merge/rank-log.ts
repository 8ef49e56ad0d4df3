/** The log of a rank, read a chunk at a time as its records are wanted. */
import { FlatRecord } from '../reader/flat-record.js';
import type { Shape } from '../reader/key-tree.js';
import { parseRecord } from '../reader/parse.js';
import { type RawMember, rawMembers } from '../reader/raw-json.js';
import type { RunFinder } from '../reader/run-finder.js';
import { Scan } from '../reader/scan.js';
import type { JsonValue, LogRecord, MetadataRecord } from '../reader/types.js';
import { type Place, PlaceFinder } from './place.js';

/** Bytes of chunks that all logs together hold, and the least and the most of one. */
const ALL_CHUNKS = 2 ** 24;
const [LEAST_CHUNK, LARGEST_CHUNK] = [2 ** 14, 2 ** 16];
/** More logs than this are open only while they are read. */
const MAX_OPEN = 200;

/** A record of a rank, until it is merged. */
export interface RankRecord {
  readonly place: Place;
  readonly step: JsonValue;
  /** The record as written. */
  readonly text: string;
  /** Where the record has the usual form, both times, and ASCII alone. */
  readonly flat: FlatParts | undefined;
}

/** A record of the usual form, in its parts. */
export interface FlatParts {
  readonly shape: Shape;
  /** The step as written. */
  readonly step: string;
  readonly values: readonly JsonValue[];
  /** Where in the text each value begins and ends, after where the data do. */
  readonly bounds: readonly number[];
}

/** Memory that logs share which are read in turns. */
export function sharedMemory(logs: number) {
  const chunkSize = Math.max(LEAST_CHUNK, Math.min(LARGEST_CHUNK, Math.floor(ALL_CHUNKS / logs)));
  return { flat: new FlatRecord(), chunkSize, isReopened: logs > MAX_OPEN };
}

/** A log turns out to hold what a later session replaced, some of which may be merged already. */
export class Resumed extends Error {}

export class RankLog {
  readonly path: string;
  /** Whether all records were read; those of the queue are left. */
  isRead = false;
  /** The time of the first record; NaN where it has none. */
  firstTime: number | undefined;
  /** Hears of metadata as it is read. */
  onMetadata: (record: MetadataRecord, raw: ReadonlyMap<string, RawMember>) => void = () => {};
  readonly #scan: Scan;
  readonly #steps: AsyncGenerator<void>;
  readonly #places = new PlaceFinder();
  #queue: RankRecord[] = [];
  #at = 0;

  /** @param finder Tells what later sessions replaced; undefined: everything counts. */
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
    this.#scan = new Scan(path, sink, {}, memory);
    this.#steps = this.#scan.steps();
  }

  get problems(): number {
    return this.#scan.problems.count;
  }

  /** The next record; undefined where none was read that is not taken. */
  get next(): RankRecord | undefined {
    return this.#queue[this.#at];
  }

  /** Whether the next record has to be read first. */
  get isEmpty(): boolean {
    return this.#at === this.#queue.length && !this.isRead;
  }

  take(): void {
    this.#at++;
  }

  /** Reads until there is a next record, or the log ends. */
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

/** @throws Error where the text, which was read as a record before, is none. */
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
  // What lacks a time is completed the slow way.
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
