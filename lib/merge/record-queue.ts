/** Records of a rank that are not merged yet, in columns: an object for each would cost more than reading it. */
import type { FlatRecord } from '../reader/flat-record.js';
import type { Shape } from '../reader/key-tree.js';
import { finiteLength } from '../reader/step-order.js';
import type { JsonValue } from '../reader/types.js';
import { comparePlaces, type MergePlace, PlaceFinder } from './place.js';

/** Records, and numbers of records, for which a new queue has room. */
const FIRST_RECORDS = 64;
const FIRST_NUMBERS = 256;

/** Whole numbers of a record, in the column `#fields`. */
const FIELDS = 8;
/** Where the record's numbers begin: the components of its step, then its values. */
const NUMBERS = 0;
/** Components of the step; -1 for a step that is a plain number. */
const DEPTH = 1;
/** Where the record's text begins and ends in the memory that holds it. */
const START = 2;
const END = 3;
/** Offset in the record's text at which the data's first member begins. */
const DATA_START = 4;
/** The round of the record's place, and whether the place has infinity behind the step's components. */
const ROUND = 5;
const CONTAINS = 6;
/** Whether the record has the place of the record before it. */
const SAME = 7;

/** A record that is not merged by columns. */
interface Other {
  readonly step: JsonValue;
  readonly place: MergePlace;
}

/** Values of a record that are not numbers, by their index. */
type NamedValues = readonly (JsonValue | undefined)[];

/** Bytes of the separator behind a name, and of that between two values. */
const SEPARATOR = 2;
const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;

export class RecordQueue {
  /** Indices of the first record and behind the last one. */
  at = 0;
  end = 0;
  /** Whether no further record comes. */
  isWhole = false;
  /** By record: the names of its values; undefined for a record that is not merged by columns. */
  readonly shapes: (Shape | undefined)[] = [];
  /** By record: its values that are not numbers; undefined where all values are numbers. */
  readonly named: (NamedValues | undefined)[] = [];
  numbers = new Float64Array(FIRST_NUMBERS);
  /** By number: where the text of a value begins and ends, counted from the record's beginning. */
  #bounds = new Uint32Array(2 * FIRST_NUMBERS);
  #fields = new Int32Array(FIELDS * FIRST_RECORDS);
  /** By record: the memory that holds its text. */
  readonly #texts: Buffer[] = [];
  readonly #others: (Other | undefined)[] = [];
  #kept = Buffer.alloc(0);
  #usedNumbers = 0;
  #size = 0;
  readonly #places = new PlaceFinder();

  get length(): number {
    return this.end - this.at;
  }

  /** Bytes of the records' texts. */
  get size(): number {
    return this.#size;
  }

  /** Adds the record of a line. The record refers to the line until `keep` is called. */
  addFlat(record: FlatRecord): void {
    const { shape, step, stepLength, values, valueStarts, valueEnds } = record;
    const count = shape.names.length;
    // A record without one of its times takes the slow way, which derives the time.
    const hasTimes = !Number.isNaN(record.timestamp) && !Number.isNaN(record.elapsedtime);
    const isNumbered = stepLength > 0 && finiteLength(step, stepLength) === stepLength;
    if (count === 0 || !hasTimes || !isNumbered) {
      this.addOther(record.stepValue, record.text);
      return;
    }
    const first = this.#usedNumbers;
    const firstValue = first + stepLength;
    this.#usedNumbers = firstValue + count;
    this.#reserveNumbers();
    const { numbers } = this;
    const bounds = this.#bounds;
    for (let i = 0; i < stepLength; i++) numbers[first + i] = step[i] as number;
    for (let i = 0; i < count; i++) {
      const at = firstValue + i;
      numbers[at] = values[i] as number;
      bounds[2 * at] = valueStarts[i] as number;
      bounds[2 * at + 1] = valueEnds[i] as number;
    }
    const field = this.#add(shape, record.bytes, record.start, record.end);
    const named = record.hasOthers ? record.others.slice(0, count) : undefined;
    this.named.push(named);
    this.#others.push(undefined);
    const fields = this.#fields;
    fields[field + NUMBERS] = first;
    fields[field + DEPTH] = record.stepIsList ? stepLength : -1;
    fields[field + DATA_START] = record.dataStart;
    fields[field + CONTAINS] = this.#places.addNumbers(step, stepLength) ? 1 : 0;
    fields[field + ROUND] = this.#places.round;
    fields[field + SAME] = this.#places.isSame ? 1 : 0;
  }

  /** Adds a record that is not merged by columns. The record refers to `text` until `keep` is called. */
  addOther(step: JsonValue, text: Buffer): void {
    const field = this.#add(undefined, text, 0, text.length);
    this.named.push(undefined);
    this.#others.push({ step, place: this.#places.of(step) });
    this.#fields[field + SAME] = this.#places.isSame ? 1 : 0;
  }

  /** Removes the records before an index. */
  takeTo(end: number): void {
    const fields = this.#fields;
    for (; this.at < end; this.at++) {
      const field = FIELDS * this.at;
      this.#size -= (fields[field + END] as number) - (fields[field + START] as number);
    }
  }

  /** Copies the texts of the records: from now on the memory of their lines may be used again. */
  keep(): void {
    const { at, end } = this;
    const texts = this.#texts;
    const fields = this.#fields;
    // In place: texts that are kept already move to the front, in order.
    const kept = this.#size <= this.#kept.length ? this.#kept : Buffer.allocUnsafeSlow(this.#size);
    const firstNumber = at < end ? (fields[FIELDS * at + NUMBERS] as number) : this.#usedNumbers;
    let used = 0;
    for (let i = at; i < end; i++) {
      const field = FIELDS * i;
      const start = used;
      used += (texts[i] as Buffer).copy(kept, start, fields[field + START], fields[field + END]);
      fields[field + START] = start;
      fields[field + END] = used;
      fields[field + NUMBERS] = (fields[field + NUMBERS] as number) - firstNumber;
      texts[i] = kept;
    }
    this.#kept = kept;
    for (const column of [this.shapes, this.named, texts, this.#others]) column.splice(0, at);
    fields.copyWithin(0, FIELDS * at, FIELDS * end);
    this.numbers.copyWithin(0, firstNumber, this.#usedNumbers);
    this.#bounds.copyWithin(0, 2 * firstNumber, 2 * this.#usedNumbers);
    this.#usedNumbers -= firstNumber;
    this.at = 0;
    this.end = end - at;
  }

  /** Whether a record has the place of the record before it. */
  isSame(index: number): boolean {
    return this.#fields[FIELDS * index + SAME] === 1;
  }

  /** Whether a record that can be merged by columns has the place of a record of another queue. */
  isIn(index: number, row: { readonly queue: RecordQueue; readonly index: number }): boolean {
    if (index === this.end || this.shapes[index] === undefined) return false;
    return this.compare(index, row.queue, row.index) === 0;
  }

  /** Compares the place of a record with that of a record of another queue, which is merged by columns. */
  compare(index: number, other: RecordQueue, otherIndex: number): number {
    if (this.#others[index] !== undefined) {
      return comparePlaces(this.place(index), other.place(otherIndex));
    }
    const field = FIELDS * index;
    const otherField = FIELDS * otherIndex;
    const [fields, otherFields] = [this.#fields, other.#fields];
    const round = (fields[field + ROUND] as number) - (otherFields[otherField + ROUND] as number);
    if (round !== 0) return round;
    const depth = Math.abs(fields[field + DEPTH] as number);
    const otherDepth = Math.abs(otherFields[otherField + DEPTH] as number);
    const at = fields[field + NUMBERS] as number;
    const otherAt = otherFields[otherField + NUMBERS] as number;
    const [numbers, otherNumbers] = [this.numbers, other.numbers];
    for (let i = 0; i < depth && i < otherDepth; i++) {
      const difference = (numbers[at + i] as number) - (otherNumbers[otherAt + i] as number);
      if (difference !== 0) return difference;
    }
    const contains = fields[field + CONTAINS] as number;
    const otherContains = otherFields[otherField + CONTAINS] as number;
    if (depth === otherDepth) return contains - otherContains;
    if (depth < otherDepth) return contains === 1 ? 1 : -1;
    return otherContains === 1 ? -1 : 1;
  }

  /** Components of a record's step; -1 for a step that is a plain number. */
  depth(index: number): number {
    return this.#fields[FIELDS * index + DEPTH] as number;
  }

  /** Where a record's step begins in `numbers`. */
  stepAt(index: number): number {
    return this.#fields[FIELDS * index + NUMBERS] as number;
  }

  /** Where a record's values begin in `numbers`. */
  valuesAt(index: number): number {
    return this.stepAt(index) + Math.abs(this.depth(index));
  }

  step(index: number): JsonValue {
    const other = this.#others[index];
    if (other !== undefined) return other.step;
    const components = this.components(index);
    return this.depth(index) < 0 ? (components[0] as number) : components;
  }

  place(index: number): MergePlace {
    const other = this.#others[index];
    if (other !== undefined) return other.place;
    const components = this.components(index);
    const fields = this.#fields;
    const field = FIELDS * index;
    if (fields[field + CONTAINS] === 1) components.push(Number.POSITIVE_INFINITY);
    return { round: fields[field + ROUND] as number, components };
  }

  /** A record as written. */
  text(index: number): string {
    const [text, start, end] = this.#textOf(index);
    return text.toString('utf8', start, end);
  }

  /** A record's times and step as written, up to the data's first member. */
  head(index: number): string {
    const [text, start] = this.#textOf(index);
    return text.toString(
      'latin1',
      start,
      start + (this.#fields[FIELDS * index + DATA_START] as number),
    );
  }

  /** A value as written. `number` is the value's index in `numbers`. */
  valueText(index: number, number: number): string {
    const [text, start] = this.#textOf(index);
    const bounds = this.#bounds;
    return text.toString(
      'latin1',
      start + (bounds[2 * number] as number),
      start + (bounds[2 * number + 1] as number),
    );
  }

  /** A name as written. `i` is its index in the record's shape. */
  nameText(index: number, i: number): string {
    const [text, start] = this.#textOf(index);
    const number = this.valuesAt(index) + i;
    const bounds = this.#bounds;
    const begin =
      i === 0
        ? (this.#fields[FIELDS * index + DATA_START] as number)
        : (bounds[2 * number - 1] as number) + SEPARATOR;
    const end = (bounds[2 * number] as number) - SEPARATOR;
    return text.toString('utf8', start + begin, start + end);
  }

  /** Whether a value was written as an integer. */
  isInteger(index: number, number: number): boolean {
    const text = this.#texts[index] as Buffer;
    const start = this.#fields[FIELDS * index + START] as number;
    let at = start + (this.#bounds[2 * number] as number);
    const end = start + (this.#bounds[2 * number + 1] as number);
    if (text[at] === MINUS) at++;
    if (at === end) return false;
    for (; at < end; at++) {
      const byte = text[at] as number;
      if (byte < ZERO || byte > NINE) return false;
    }
    return true;
  }

  #add(shape: Shape | undefined, text: Buffer, start: number, end: number): number {
    const field = FIELDS * this.end;
    if (field === this.#fields.length) {
      const fields = new Int32Array(2 * field);
      fields.set(this.#fields);
      this.#fields = fields;
    }
    this.#fields[field + NUMBERS] = this.#usedNumbers;
    this.#fields[field + START] = start;
    this.#fields[field + END] = end;
    this.#size += end - start;
    this.#texts.push(text);
    this.shapes.push(shape);
    this.end++;
    return field;
  }

  #reserveNumbers(): void {
    if (this.#usedNumbers <= this.numbers.length) return;
    const count = 2 * this.#usedNumbers;
    const numbers = new Float64Array(count);
    numbers.set(this.numbers);
    this.numbers = numbers;
    const bounds = new Uint32Array(2 * count);
    bounds.set(this.#bounds);
    this.#bounds = bounds;
  }

  /** The components of a record's step. */
  components(index: number): number[] {
    const at = this.stepAt(index);
    return Array.from(this.numbers.subarray(at, this.valuesAt(index)));
  }

  #textOf(index: number): [text: Buffer, start: number, end: number] {
    const field = FIELDS * index;
    const fields = this.#fields;
    return [
      this.#texts[index] as Buffer,
      fields[field + START] as number,
      fields[field + END] as number,
    ];
  }
}
