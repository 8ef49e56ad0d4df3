/**
 * Merges logs that are read side by side, step by step. Memory does not depend on the number of records.
 *
 * When the next records of all ranks have the same step and names, they are merged at once. Otherwise the records of all
 * ranks at the least place are merged, by the way that merges whole logs in memory. A rank that lacks a step there may
 * log that step later, out of order. The result would then differ from a merge of the whole logs, so the merge ends
 * with `OutOfOrder`.
 */
import type { ByteSink } from '../base/byte-sink.js';
import { rawMembers } from '../reader/raw-json.js';
import type { JsonValue } from '../reader/types.js';
import {
  type Cell,
  isFloatText,
  type MergeReport,
  type Reduction,
  reduceCell,
  textOf,
} from './cells.js';
import { MergedLog } from './merged-log.js';
import { MergedMetadata } from './metadata.js';
import { compareComponents, comparePlaces, numbersOf, type Place } from './place.js';
import { entryOf, type FlatParts, type RankLog, type RankRecord } from './rank-log.js';

export { RankLog, Resumed, sharedMemory } from './rank-log.js';

/** Limit on remembered steps without a number at which a rank lacks something. */
const MAX_NAMED = 10_000;
/** Lines between two checks of how much is to be written. */
const DRAIN_EVERY = 64;

/** Thrown when logs cannot be merged side by side, and must be merged in memory. */
export class OutOfOrder extends Error {}

/** Steps at which a rank lacked something. No rank may come back to them. */
class Lacked {
  /** The greatest such step of each depth. */
  readonly #numbered: (readonly number[] | undefined)[] = [];
  readonly #named = new Set<string>();

  add(step: JsonValue): void {
    const numbers = numbersOf(step);
    if (numbers === undefined) {
      this.#named.add(JSON.stringify(step));
      if (this.#named.size > MAX_NAMED) throw new OutOfOrder();
      return;
    }
    const greatest = this.#numbered[numbers.length];
    if (greatest === undefined || compareComponents(numbers, greatest) > 0) {
      this.#numbered[numbers.length] = numbers;
    }
  }

  /** @throws OutOfOrder */
  check(step: JsonValue): void {
    if (this.#numbered.length === 0 && this.#named.size === 0) return;
    const numbers = numbersOf(step);
    if (numbers === undefined) {
      if (this.#named.has(JSON.stringify(step))) throw new OutOfOrder();
      return;
    }
    const greatest = this.#numbered[numbers.length];
    if (greatest !== undefined && compareComponents(numbers, greatest) <= 0) throw new OutOfOrder();
  }
}

export class SideBySide {
  readonly #logs: readonly RankLog[];
  readonly #reduction: Reduction;
  readonly #report: MergeReport;
  readonly #metadata = new MergedMetadata();
  readonly #lacked = new Lacked();
  #records = 0;
  #undrained = 0;
  #begin = 0;

  constructor(logs: readonly RankLog[], reduction: Reduction, report: MergeReport) {
    this.#logs = logs;
    this.#reduction = reduction;
    this.#report = report;
  }

  /** Number of lines written. */
  get length(): number {
    return this.#records + this.#metadata.length;
  }

  /** @throws OutOfOrder */
  async write(file: ByteSink): Promise<void> {
    await this.#start(file);
    for (;;) {
      // Awaited only when a chunk must be read: most records are in memory.
      for (const log of this.#logs) if (log.isEmpty) await log.fill();
      const heads = this.#heads();
      if (heads.length === 0) return;
      const isAlike = heads.every(([, head]) => areAlike(head, (heads[0] as Head)[1]));
      if (isAlike) this.#mergeAlike(heads, file);
      else await this.#mergeLeast(heads, file);
      if (++this.#undrained >= DRAIN_EVERY) {
        this.#undrained = 0;
        await file.drain();
      }
    }
  }

  /** Metadata is written first. Late metadata that says something new is out of order. */
  async #start(file: ByteSink): Promise<void> {
    for (const [rank, log] of this.#logs.entries()) {
      log.onMetadata = (record, raw) => this.#metadata.add(record, raw, rank);
      await log.fill();
      log.onMetadata = (record, raw) => {
        if (!this.#metadata.isKnown(record, raw, rank)) throw new OutOfOrder();
      };
    }
    // Missing times are derived from the first record's.
    const first = this.#logs.find(({ firstTime }) => firstTime !== undefined)?.firstTime ?? 0;
    if (Number.isNaN(first)) throw new OutOfOrder();
    this.#begin = first;
    this.#metadata.write(file, first);
  }

  #heads(): Head[] {
    const heads: Head[] = [];
    for (const [rank, { next }] of this.#logs.entries()) {
      if (next !== undefined) heads.push([rank, next]);
    }
    return heads;
  }

  /** Merges the next records of all ranks. */
  #mergeAlike(heads: readonly Head[], file: ByteSink): void {
    const [[firstRank, { step, flat, text: line }]] = heads as [Head];
    this.#lacked.check(step);
    if (flat === undefined) return;
    const { bounds, values } = flat;
    let merged = line.slice(0, bounds[0]);
    let end = bounds[0] as number;
    for (const [i, metric] of flat.shape.names.entries()) {
      const start = bounds[2 * i + 1] as number;
      // The name as written, with the punctuation around it.
      merged += line.slice(end, start);
      end = bounds[2 * i + 2] as number;
      const text = line.slice(start, end);
      const value = values[i] as JsonValue;
      const isFloat = isFloatText(value, text);
      const cell: Cell = {
        metric,
        name: metric,
        value,
        text,
        isFloat,
        ranks: [firstRank],
        differs: false,
      };
      for (let at = 1; at < heads.length; at++) {
        const [rank, head] = heads[at] as Head;
        cell.ranks.push(rank);
        const { values: others, bounds: otherBounds } = head.flat as FlatParts;
        const otherText = head.text.slice(otherBounds[2 * i + 1], otherBounds[2 * i + 2]);
        reduceCell(cell, step, others[i] as JsonValue, otherText, this.#reduction);
      }
      // A rank without the record has ended, so that it cannot log the step later.
      this.#report.add(cell, step, this.#logs.length);
      merged += textOf(cell);
    }
    file.write(`${merged}}}\n`);
    this.#records++;
    for (const [rank] of heads) this.#logs[rank]?.take();
  }

  /** Merges the records of all ranks at the least place. */
  async #mergeLeast(heads: readonly Head[], file: ByteSink): Promise<void> {
    let [[, { place }]] = heads as [Head];
    for (const [, head] of heads) if (comparePlaces(head.place, place) < 0) place = head.place;
    const merged = new MergedLog(this.#reduction);
    for (const [rank, log] of this.#logs.entries()) await this.#takeAll(rank, log, place, merged);
    const ranks = heads.length;
    await merged.write(file, this.#begin, this.#report, this.#logs.length);
    this.#records += merged.length;
    for (const { step, cells } of merged.records()) {
      if (cells.some((cell) => cell.ranks.length < ranks)) this.#lacked.add(step);
    }
  }

  async #takeAll(rank: number, log: RankLog, place: Place, merged: MergedLog): Promise<void> {
    merged.beginRank();
    for (;;) {
      if (log.isEmpty) await log.fill();
      const { next } = log;
      if (next === undefined || comparePlaces(next.place, place) > 0) return;
      this.#lacked.check(next.step);
      merged.add(rank, entryOf(next.text), rawMembers(next.text));
      log.take();
    }
  }
}

type Head = readonly [rank: number, record: RankRecord];

/** Whether records have the same step, and the same names in the same order. */
function areAlike({ flat }: RankRecord, { flat: first }: RankRecord): boolean {
  return (
    flat !== undefined &&
    flat.shape === first?.shape &&
    flat.shape.names.length > 0 &&
    flat.step === first.step
  );
}
