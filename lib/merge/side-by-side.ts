/**
 * Merges logs that are read side by side, step by step. Memory does not depend on the number of records.
 *
 * Steps are merged by columns, many at a time. Where that cannot be done (a step without a number, a record without one
 * of its times), the records of all ranks at the least place are merged as whole logs are merged in memory. A rank that
 * lacks a step may log that step later, out of order. The result would then differ from a merge of the whole logs, so
 * the merge ends with `OutOfOrder`.
 */
import type { ByteSink } from '../base/byte-sink.js';
import { rawMembers } from '../reader/raw-json.js';
import type { JsonValue } from '../reader/types.js';
import { type MergeReport, otherRanks, type Reduction } from './cells.js';
import { ColumnMerge } from './column-merge.js';
import { MergedLog } from './merged-log.js';
import { MergedMetadata } from './metadata.js';
import { compareComponents, comparePlaces, type MergePlace, numbersOf } from './place.js';
import { entryOf, type RankLog } from './rank-log.js';
import type { RecordQueue } from './record-queue.js';

export { RankLog, Resumed, sharedMemory } from './rank-log.js';

/** Limit on remembered steps without a number at which a rank lacks something. */
const MAX_NAMED = 10_000;

/** Thrown when logs cannot be merged side by side, and must be merged in memory. */
export class OutOfOrder extends Error {}

/** Steps at which a rank lacked something. No rank may come back to them. */
class Lacked {
  /** The greatest such step of each depth. */
  readonly #numbered: (readonly number[] | undefined)[] = [];
  readonly #named = new Set<string>();

  add(step: JsonValue): void {
    const numbers = numbersOf(step);
    if (numbers !== undefined) {
      this.addNumbers(numbers);
      return;
    }
    this.#named.add(JSON.stringify(step));
    if (this.#named.size > MAX_NAMED) throw new OutOfOrder();
  }

  addNumbers(numbers: readonly number[]): void {
    const greatest = this.#numbered[numbers.length];
    if (greatest === undefined || compareComponents(numbers, greatest) > 0) {
      this.#numbered[numbers.length] = numbers;
    }
  }

  /** @throws OutOfOrder */
  check(step: JsonValue): void {
    const numbers = numbersOf(step);
    if (numbers !== undefined) this.checkNumbers(numbers);
    else if (this.#named.has(JSON.stringify(step))) throw new OutOfOrder();
  }

  /** @throws OutOfOrder */
  checkNumbers(numbers: readonly number[]): void {
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
  readonly #columns: ColumnMerge;
  #records = 0;
  #begin = 0;

  constructor(logs: readonly RankLog[], reduction: Reduction, report: MergeReport) {
    this.#logs = logs;
    this.#reduction = reduction;
    this.#report = report;
    this.#columns = new ColumnMerge(reduction, report);
  }

  /** Number of lines written. */
  get length(): number {
    return this.#records + this.#metadata.length;
  }

  /** @throws OutOfOrder */
  async write(file: ByteSink): Promise<void> {
    await this.#start(file);
    let most = 1;
    for (;;) {
      // Awaited only when a chunk must be read: most records are in memory.
      for (const log of this.#logs) if (log.isLow) await log.fill();
      const ranks = this.#goingOn();
      if (ranks.length === 0) return;
      this.#columns.find(this.#queuesOf(ranks), most);
      const { length } = this.#columns.rows;
      // Rows that end soon are not looked for again and again.
      most = Math.max(1, 2 * length);
      if (length > 0) this.#mergeRows(ranks, file);
      else await this.#mergeLeast(ranks, file);
      await file.drain();
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

  /** The ranks that have records. */
  #goingOn(): number[] {
    const ranks: number[] = [];
    for (const [rank, { queue }] of this.#logs.entries()) if (queue.length > 0) ranks.push(rank);
    return ranks;
  }

  #queuesOf(ranks: readonly number[]): RecordQueue[] {
    return ranks.map((rank) => (this.#logs[rank] as RankLog).queue);
  }

  #mergeRows(ranks: readonly number[], file: ByteSink): void {
    const columns = this.#columns;
    // A rank without records has ended, so that it cannot log these steps later.
    columns.merge(ranks, otherRanks(ranks, this.#logs.length));
    for (const [i, { queue, index }] of columns.rows.entries()) {
      const numbers = queue.components(index);
      this.#lacked.checkNumbers(numbers);
      if (columns.lacks(i)) this.#lacked.addNumbers(numbers);
    }
    this.#records += columns.write(file);
  }

  /** Merges the records of all ranks at the least place. */
  async #mergeLeast(ranks: readonly number[], file: ByteSink): Promise<void> {
    const places = this.#queuesOf(ranks).map((queue) => queue.place(queue.at));
    const place = places.reduce((least, one) => (comparePlaces(one, least) < 0 ? one : least));
    const merged = new MergedLog(this.#reduction);
    for (const [rank, log] of this.#logs.entries()) await this.#takeAll(rank, log, place, merged);
    await merged.write(file, this.#begin, this.#report, this.#logs.length);
    this.#records += merged.length;
    for (const { step, cells } of merged.records()) {
      if (cells.some((cell) => cell.ranks.length < ranks.length)) this.#lacked.add(step);
    }
  }

  async #takeAll(rank: number, log: RankLog, place: MergePlace, merged: MergedLog): Promise<void> {
    merged.beginRank();
    const { queue } = log;
    for (;;) {
      if (queue.length === 0) await log.fill();
      if (queue.length === 0 || comparePlaces(queue.place(queue.at), place) > 0) return;
      this.#lacked.check(queue.step(queue.at));
      const text = queue.text(queue.at);
      merged.add(rank, entryOf(text), rawMembers(text));
      queue.takeTo(queue.at + 1);
    }
  }
}
