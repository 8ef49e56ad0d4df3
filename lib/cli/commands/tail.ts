import { stat } from 'node:fs/promises';
import type { FlatRecord } from '../../reader/flat-record.js';
import { LogScan, type RecordReceiver } from '../../reader/log-scan.js';
import type { LogEntry, Problem } from '../../reader/types.js';
import { defineCommand, type ExitCode, numberOption } from '../command.js';
import { printable } from '../escape.js';
import { type NameFilter, type StepFilter, stepFilter } from '../filter.js';
import { onlyLogOf } from '../logs.js';
import { METRIC_OPTION, MetricChoice } from '../metric-choice.js';
import type { Output } from '../output.js';
import { problemLine } from '../problem-text.js';
import { isPlain, readInto } from '../read.js';
import { RecordLines } from '../record-line.js';

const DEFAULT_COUNT = 10;

export const command = defineCommand({
  usage: '[-f] [-n N] LOG',
  about:
    'The latest records as lines for people: time, step, metrics with their units. With --json each\n' +
    'record is a line of JSON.',
  options: {
    follow: { type: 'boolean', short: 'f', help: 'wait for more, over rotation and truncation' },
    lines: {
      type: 'string',
      short: 'n',
      value: 'N',
      help: 'how many records (10); all: every one',
    },
    ...METRIC_OPTION,
    step: {
      ...{ type: 'string', short: 's', value: 'STEP' },
      help: 'only steps that begin so: 3, 3,100, 3,100-200, *,0, PARAMETER',
    },
  },
  operands: [1, 1],

  async run({ options, operands: [operand = '-'], json, output }): Promise<ExitCode> {
    // With --follow the log may not exist yet: the operand is taken as its path.
    const path = options.follow ? operand : await onlyLogOf('tail', operand);
    const { follow, lines } = options;
    const count =
      lines === 'all'
        ? Number.POSITIVE_INFINITY
        : numberOption('-n', lines, DEFAULT_COUNT, { least: 0, integer: true });
    const choice = new MetricChoice(options.metric);
    const isFiltered = !choice.isAll || options.step !== undefined;
    const wants = { name: choice.wants, step: stepFilter(options.step), isFiltered };
    // The last records are counted in the log as it is now; later records are shown as they come.
    const present = follow ? await sizeOf(path) : Number.POSITIVE_INFINITY;
    const tail = new Tail(count, wants, json, output);
    // Records as JSON have their line number, which is counted from the log's beginning.
    const start = json ? 0 : await startOfLast(path, count, tail);
    // A stream has no records of before.
    if (follow && path === '-') tail.goLive();
    const stop = new AbortController();
    if (follow) process.once('SIGINT', () => stop.abort());
    const { problems } = await readInto(path, tail, output, {
      follow,
      start,
      signal: stop.signal,
      onWait: (reason) => output.warn(`waiting: ${printable(messageOf(reason))}`),
      onRestart: (reason) => tail.say(`the log was ${reason}: from its new beginning`),
      afterChunk: async (bytes) => {
        if (start + bytes >= present) tail.goLive();
        await tail.drain();
      },
    });
    tail.goLive();
    await tail.drain();
    // When a part of the log was read, not all names are known.
    if (!follow && start === 0) choice.check();
    return problems.count > 0 ? 1 : 0;
  },
});

/** A log up to this size is read as a whole. */
const SMALL = 4 * 2 ** 20;
/** Factor by which more of a log's end is read when it held too few records. */
const GROWTH = 8;

/**
 * The offset from which the last wanted records are read. Of a large log only the beginning, which has the metadata of
 * metrics, and the end are read.
 */
async function startOfLast(path: string, count: number, tail: Tail): Promise<number> {
  const size = await sizeOf(path);
  if (size <= SMALL || !Number.isFinite(count) || !(await isPlain(path))) return 0;
  const nothing = { flat() {}, entry() {} };
  const head = new LogScan(path, { ...nothing, entry: (entry) => tail.learn(entry) }, {});
  for await (const _ of head.steps()) break;
  for (let window = SMALL / 4; window < size; window *= GROWTH) {
    const start = size - window;
    let found = 0;
    const wanted = {
      flat: (record: FlatRecord) => {
        if (tail.wantsFlat(record)) found++;
      },
      entry: (entry: LogEntry) => {
        if (tail.wantsEntry(entry)) found++;
      },
    };
    const scan = new LogScan(path, wanted, {}, { start });
    for await (const _ of scan.steps()) if (found >= count) return start;
  }
  return 0;
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

async function sizeOf(path: string): Promise<number> {
  if (path === '-') return 0;
  try {
    const status = await stat(path);
    return status.isFile() ? status.size : 0;
  } catch {
    return 0;
  }
}

/** Looks up every name, to find out whether each pattern matches one. */
function wantsSome(names: readonly string[], wants: NameFilter): boolean {
  let isWanted = false;
  for (const name of names) if (wants(name)) isWanted = true;
  return isWanted;
}

interface Wishes {
  readonly name: NameFilter;
  readonly step: StepFilter;
  /** Whether records are shown for what they measure; otherwise everything is shown. */
  readonly isFiltered: boolean;
}

/** Keeps the last records until `goLive`; then shows each record as it comes. */
class Tail implements RecordReceiver {
  readonly #count: number;
  readonly #wants: Wishes;
  readonly #asJson: boolean;
  readonly #output: Output;
  readonly #lines: RecordLines;
  #kept: (LogEntry | Problem)[] = [];
  #isLive = false;
  #text = '';

  constructor(count: number, wants: Wishes, asJson: boolean, output: Output) {
    this.#count = count;
    this.#wants = wants;
    this.#asJson = asJson;
    this.#output = output;
    this.#lines = new RecordLines(output, wants.name);
  }

  flat(record: FlatRecord, line: number, offset: number, length: number): void {
    if (this.wantsFlat(record)) this.#take(record.entry(line, offset, length));
  }

  wantsFlat(record: FlatRecord): boolean {
    const { name, step, isFiltered } = this.#wants;
    return !isFiltered || (wantsSome(record.shape.names, name) && step(record.stepValue));
  }

  entry(entry: LogEntry): void {
    this.learn(entry);
    if (this.wantsEntry(entry)) this.#take(entry);
  }

  wantsEntry(entry: LogEntry): boolean {
    const { name, step, isFiltered } = this.#wants;
    if (!isFiltered) return true;
    return entry.kind === 'LOG' && wantsSome(Object.keys(entry.data), name) && step(entry.step);
  }

  /** Remembers units and formats. */
  learn(entry: LogEntry): void {
    if (entry.kind === 'METADATA') this.#lines.learn(entry);
  }

  problem(problem: Problem): void {
    if (!this.#wants.isFiltered) this.#take(problem);
  }

  #take(item: LogEntry | Problem): void {
    if (this.#isLive) {
      this.#show(item);
    } else if (this.#count > 0) {
      this.#kept.push(item);
      // Cut only from time to time, not for each record.
      if (this.#kept.length > 2 * this.#count + 1000) this.#kept = this.#kept.slice(-this.#count);
    }
  }

  /** Shows the kept records, and from now on each record as it comes. */
  goLive(): void {
    if (this.#isLive) return;
    this.#isLive = true;
    if (this.#count > 0) for (const item of this.#kept.slice(-this.#count)) this.#show(item);
    this.#kept = [];
  }

  #show(item: LogEntry | Problem): void {
    if (this.#asJson) {
      this.#text += `${JSON.stringify(item)}\n`;
    } else if ('kind' in item) {
      this.#text += `${this.#lines.line(item)}\n`;
    } else {
      this.#text += `${this.#output.style('yellow', problemLine(item))}\n`;
    }
  }

  /** Prints a message between the records. */
  say(text: string): void {
    if (!this.#asJson) this.#text += `${this.#output.style('dim', `(${text})`)}\n`;
  }

  async drain(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (text !== '') await this.#output.write(text);
  }
}
