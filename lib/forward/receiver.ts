import { createHash } from 'node:crypto';
import type { FlatRecord } from '../reader/flat-record.js';
import type { RecordReceiver } from '../reader/log-scan.js';
import { isObject } from '../reader/parse.js';
import type { RunFinder } from '../reader/run-finder.js';
import { numberOf, numericComponents, stepComponents, stepKind } from '../reader/step.js';
import type { JsonObject, JsonValue, LogEntry, LogRecord } from '../reader/types.js';
import { GlobalStep, type StepLevel } from './global-step.js';
import { type LogTarget, type Report, type Target, textOf } from './target.js';

/** Limit on remembered forms of records; beyond it the lists of names are made anew. */
const MAX_FORMS = 1000;
/** Limit on the nesting of values; deeper ones are forwarded as text. */
const MAX_DEPTH = 20;

/** What of a log is forwarded. */
export interface Wishes {
  /** Whether what later sessions replaced is forwarded, too. */
  readonly showsAll?: boolean;
  /** The metrics; undefined: all. Parameters and the environment are always forwarded. */
  readonly metrics?: MetricNames | undefined;
}

/** Chooses metrics by their names. */
export interface MetricNames {
  readonly wants: (metric: string) => boolean;
  /** The same text for the same choice. A log of which other metrics are forwarded is another log for a target. */
  readonly key: string;
}

/** The wanted names of a record, and their indices. */
interface Wanted {
  readonly names: readonly string[];
  readonly indices: readonly number[];
}

/** Takes the records of a log apart for a target: integer steps, numbers by name, text. */
export class Receiver implements RecordReceiver {
  /** Whether the last record told the results of the whole run. */
  isFinished = false;
  readonly #target: LogTarget;
  readonly #report: Report;
  readonly #levels: readonly StepLevel[] | undefined;
  readonly #steps = new GlobalStep();
  readonly #finder: RunFinder;
  readonly #forgets: boolean;
  readonly #showsAll: boolean;
  readonly #metrics: MetricNames | undefined;
  /** By the names of a record. */
  readonly #wanted = new WeakMap<readonly string[], Wanted>();
  readonly #forms = new Map<string, readonly string[]>();
  #records = 0;
  #hasBegun = false;
  #digest = '';

  /** @param finder Knows what later sessions replace in the part of the log that was read before. */
  constructor(
    to: LogTarget,
    report: Report,
    { levels, forgets }: Pick<Target, 'levels' | 'forgets'>,
    finder: RunFinder,
    { showsAll = false, metrics }: Wishes,
  ) {
    this.#target = to;
    this.#report = report;
    this.#levels = levels;
    this.#forgets = forgets;
    this.#finder = finder;
    this.#showsAll = showsAll;
    this.#metrics = metrics;
  }

  flat(record: FlatRecord, line: number, offset: number, length: number): void {
    const { hasOthers, shape, step, stepLength, timestamp, values } = record;
    if (hasOthers || !Number.isFinite(timestamp)) {
      this.entry(record.entry(line, offset, length), record.text);
      return;
    }
    this.#finder.flat(record, line);
    this.#next(record.text);
    if (!this.#enter(timestamp) || !this.#goTo(step, stepLength)) return;
    const { names, indices } = this.#wantedOf(shape.names);
    if (names.length === 0) return;
    const { level, step: at } = this.#steps;
    const wanted = names === shape.names ? values : indices.map((i) => values[i] as number);
    this.#target.scalars({ level, step: at, time: timestamp }, names, wanted);
  }

  entry(entry: LogEntry, text: Uint8Array): void {
    const { timestamp: time } = entry;
    this.#finder.entry(entry);
    this.#next(text);
    if (!Number.isFinite(time)) {
      this.#report.skip('records without a time');
      return;
    }
    if (!this.#enter(time)) return;
    if (entry.kind === 'LOG') this.#log(entry);
    else if (this.#wants(entry.metric)) this.#target.metadata(entry.metric, entry.metadata);
  }

  #next(text: Uint8Array): void {
    if (this.#records === 0) {
      const hash = createHash('sha256').update(text);
      this.#digest = hash.update(this.#metrics?.key ?? '').digest('hex');
    }
    this.#target.record(this.#records++, this.#digest);
  }

  #log({ step, data, timestamp: time }: LogRecord): void {
    const kind = stepKind(step);
    if (kind === 'parameter') this.#target.parameters(time, data);
    else if (kind === 'environment') this.#target.environment(time, data);
    else if (kind === 'named') this.#report.skip('records whose step is text or an object');
    else if (numericComponents(step).length < stepComponents(step).length) {
      this.#report.skip('records whose step has a component that is not a number');
    } else {
      const components = numericComponents(step);
      if (this.#goTo(components, components.length)) this.#values(data, time);
    }
  }

  #values(data: JsonObject, time: number): void {
    const { level, step } = this.#steps;
    const names: string[] = [];
    const values: number[] = [];
    const texts: (readonly [string, string])[] = [];
    const add = (name: string, value: JsonValue, depth: number): void => {
      const number = numberOf(value);
      if (number !== undefined) {
        names.push(name);
        values.push(number);
      } else if (isObject(value) && depth < MAX_DEPTH) {
        for (const [key, inner] of Object.entries(value)) add(`${name}.${key}`, inner, depth + 1);
      } else if (value === null) {
        this.#report.skip('values that are null');
      } else {
        texts.push([name, textOf(value)]);
      }
    };
    for (const [name, value] of Object.entries(data)) if (this.#wants(name)) add(name, value, 0);
    const position = { level, step, time };
    if (names.length > 0) this.#target.scalars(position, this.#form(names), values);
    for (const [name, text] of texts) this.#target.text(position, name, text);
  }

  #wants(metric: string): boolean {
    return this.#metrics === undefined || this.#metrics.wants(metric);
  }

  /** The names themselves where all are wanted. */
  #wantedOf(names: readonly string[]): Wanted {
    if (this.#metrics === undefined) return { names, indices: [] };
    let wanted = this.#wanted.get(names);
    if (wanted === undefined) {
      const indices = [...names.keys()].filter((i) => this.#wants(names[i] as string));
      const own = indices.map((i) => names[i] as string);
      wanted = { names: own.length === names.length ? names : own, indices };
      this.#wanted.set(names, wanted);
    }
    return wanted;
  }

  /** The same array for the same names. */
  #form(names: readonly string[]): readonly string[] {
    const key = JSON.stringify(names);
    const known = this.#forms.get(key);
    if (known !== undefined) return known;
    if (this.#forms.size < MAX_FORMS) this.#forms.set(key, names);
    return names;
  }

  /** Whether the latest record is forwarded. */
  #enter(time: number): boolean {
    const { resumes, isHidden } = this.#finder;
    const isFirst = !this.#hasBegun;
    this.#hasBegun = true;
    if (isFirst || (resumes && !this.#showsAll)) {
      this.#steps.resume();
      this.#target.session(time);
    }
    if (!isHidden || this.#showsAll || this.#forgets) return true;
    this.#report.skip('records that a later session replaced');
    return false;
  }

  /** Whether the target wants records at this step. */
  #goTo(components: ArrayLike<number>, depth: number): boolean {
    this.#steps.add(components, depth);
    this.isFinished = depth === 0;
    const isWanted = this.#levels?.includes(this.#steps.level) ?? true;
    if (!isWanted) this.#report.skip('records of other depths');
    return isWanted;
  }
}
