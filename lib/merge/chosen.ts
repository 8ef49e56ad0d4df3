/** Merging only some metrics: each record without the others. Parameters and environment stay whole. */
import { FlatRecord } from '../reader/flat-record.js';
import type { Shape } from '../reader/key-tree.js';
import { PREFIX } from '../reader/parse.js';
import { type RawMember, rawMembers } from '../reader/raw-json.js';
import { isDescription } from '../reader/step.js';
import type { JsonValue, LogRecord } from '../reader/types.js';
import { objectText } from './cells.js';
import type { RecordQueue } from './record-queue.js';

/** Chooses metrics by their names. */
export interface MetricNames {
  wants(metric: string): boolean;
  /** @throws when it names a metric that it was never asked about. */
  check(): void;
}

/** Length of the separator between two members. */
const SEPARATOR = ', '.length;
const END = Buffer.from('}}\n');

export class ChosenMetrics {
  readonly #names: MetricNames;
  readonly #record = new FlatRecord();
  /** By the names of a record: the indices of the wanted ones. */
  readonly #wanted = new WeakMap<Shape, readonly number[]>();

  constructor(names: MetricNames) {
    this.#names = names;
  }

  wants(metric: string): boolean {
    return this.#names.wants(metric);
  }

  /** Adds what is wanted of a record to a queue. */
  addFlat(record: FlatRecord, queue: RecordQueue): void {
    const { shape, text, dataStart, valueEnds } = record;
    const wanted = this.#wantedOf(shape);
    if (wanted.length === 0) return;
    const parts = [text.subarray(0, dataStart)];
    for (const [n, i] of wanted.entries()) {
      const start = i === 0 ? dataStart : (valueEnds[i - 1] as number);
      // With the separator before the member, unless it becomes the first one.
      parts.push(text.subarray(n === 0 && i > 0 ? start + SEPARATOR : start, valueEnds[i]));
    }
    const line = Buffer.concat([...parts, END]);
    if (this.#record.read(line, 0) >= 0) queue.addFlat(this.#record);
    else queue.addOther(record.stepValue, line.subarray(0, -1));
  }

  /** Adds what is wanted of a record to a queue. */
  addRecord({ step }: LogRecord, text: Buffer, queue: RecordQueue): void {
    const members = this.members(step, rawMembers(text.toString()));
    if (members === undefined) return;
    queue.addOther(step, Buffer.from(`${PREFIX}${objectText(members.values())}`));
  }

  /** What is wanted of a record's members; undefined where nothing is. */
  members(
    step: JsonValue,
    raw: ReadonlyMap<string, RawMember>,
  ): ReadonlyMap<string, RawMember> | undefined {
    const data = raw.get('data');
    if (isDescription(step) || data === undefined) return raw;
    const wanted = [...rawMembers(data.value)].filter(([metric]) => this.wants(metric));
    if (wanted.length === 0) return undefined;
    const value = objectText(wanted.map(([, member]) => member));
    return new Map(raw).set('data', { name: data.name, value });
  }

  #wantedOf(shape: Shape): readonly number[] {
    let wanted = this.#wanted.get(shape);
    if (wanted === undefined) {
      wanted = shape.names.flatMap((name, i) => (this.wants(name) ? [i] : []));
      this.#wanted.set(shape, wanted);
    }
    return wanted;
  }
}
