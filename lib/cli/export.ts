import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { counted } from '../counted.js';
import type { FlatRecord } from '../reader/flat-record.js';
import type { Sink } from '../reader/scan.js';
import { isDescription, stepComponents } from '../reader/step.js';
import type { JsonValue, LogEntry, LogRecord } from '../reader/types.js';
import { choiceOption, defineCommand, type ExitCode, listOption, UsageError } from './command.js';
import { csvRow } from './csv.js';
import { type NameFilter, nameFilter } from './filter.js';
import { type OutFile, openOutFile } from './out-file.js';
import { readInto } from './read.js';

const FORMATS = ['csv', 'json', 'ndjson'] as const;

export const command = defineCommand({
  usage: 'LOG --to csv|json|ndjson [--wide|--long] [-o OUT]',
  about:
    'The log as a table. --wide, the default, has a row for each record and a column for each metric,\n' +
    'also of those that begin late in the log; --long has a row for each value. Columns before them:\n' +
    'timestamp and elapsedtime in seconds, datetime, step, and its places epoch, iteration, validation.\n' +
    'JSON has null for NaN and infinities.',
  options: {
    to: {
      type: 'string',
      value: 'FORMAT',
      help: 'csv, json (one list), or ndjson (an object a line)',
    },
    wide: { type: 'boolean', help: 'a row for each record' },
    long: { type: 'boolean', help: 'a row for each value' },
    metric: {
      ...{ type: 'string', short: 'm', multiple: true, value: 'NAMES' },
      help: 'only these metrics, separated by commas; * stands for any text',
    },
    parameters: { type: 'boolean', help: 'with the records of step PARAMETER and ENVIRONMENT' },
    output: { type: 'string', short: 'o', value: 'OUT', help: 'a file instead of standard output' },
  },
  operands: [1, 1],

  async run({ options, operands: [path = '-'], json, output }): Promise<ExitCode> {
    if (options.wide && options.long) throw new UsageError('export is either --wide or --long');
    if (options.to === undefined && !json) {
      throw new UsageError(`export needs --to ${FORMATS.join(', --to ')}`);
    }
    const format = choiceOption('--to', options.to ?? 'json', FORMATS);
    const wanted = nameFilter(listOption(options.metric));
    const rows = new Rows(wanted, options.parameters, options.long);
    // The columns must be known before the first row: the log is read twice.
    const needsColumns = format === 'csv' && !options.long;
    const spool = needsColumns && path === '-' ? await spooled(process.stdin) : undefined;
    const source = spool?.path ?? path;
    try {
      const columns = new Columns(wanted, options.parameters);
      if (needsColumns) await readInto(source, columns, output);
      const file = await openOutFile(options.output ?? '-', [path], output);
      try {
        const writer = new TableWriter(format, options.long, columns.names, file);
        rows.to = writer;
        const afterChunk = () => file.drain();
        const { problems } = await readInto(source, rows, output, { afterChunk });
        const { count } = problems;
        writer.end();
        await file.finish();
        if (count > 0)
          output.warn(
            `${path}: ${counted(count, 'line is no record', 'lines are no records')} (see summary)`,
          );
        return count > 0 ? 1 : 0;
      } catch (error) {
        await file.discard();
        throw error;
      }
    } finally {
      await spool?.remove();
    }
  },
});

/** Standard input in a file of its own, to be read twice. */
async function spooled(input: NodeJS.ReadableStream) {
  const directory = await mkdtemp(join(tmpdir(), 'dllogger-'));
  const path = join(directory, 'standard-input');
  await pipeline(input, createWriteStream(path));
  return { path, remove: () => rm(directory, { recursive: true, force: true }) };
}

const FIXED = ['timestamp', 'datetime', 'elapsedtime', 'step', 'epoch', 'iteration', 'validation'];

/** A metric named as a fixed column gets another name. */
function columnOf(metric: string): string {
  return FIXED.includes(metric) ? `data.${metric}` : metric;
}

function isWanted(step: JsonValue, parameters: boolean): boolean {
  return parameters || !isDescription(step);
}

/** The metrics of a log, in the order in which they appear. */
class Columns implements Sink {
  readonly names = new Set<string>();
  readonly #wanted: NameFilter;
  readonly #parameters: boolean;
  readonly #seen = new Set<FlatRecord['shape']>();

  constructor(wanted: NameFilter, parameters: boolean) {
    this.#wanted = wanted;
    this.#parameters = parameters;
  }

  flat(record: FlatRecord): void {
    if (this.#seen.has(record.shape)) return;
    this.#seen.add(record.shape);
    this.#add(record.shape.names);
  }

  entry(entry: LogEntry): void {
    if (entry.kind === 'LOG' && isWanted(entry.step, this.#parameters)) {
      this.#add(Object.keys(entry.data));
    }
  }

  #add(metrics: readonly string[]): void {
    for (const metric of metrics) if (this.#wanted(metric)) this.names.add(metric);
  }
}

/** Turns records into rows. */
class Rows implements Sink {
  to: TableWriter | undefined;
  readonly #wanted: NameFilter;
  readonly #parameters: boolean;
  readonly #long: boolean;

  constructor(wanted: NameFilter, parameters: boolean, long: boolean) {
    this.#wanted = wanted;
    this.#parameters = parameters;
    this.#long = long;
  }

  flat(record: FlatRecord, line: number, offset: number, length: number): void {
    this.entry(record.entry(line, offset, length));
  }

  entry(entry: LogEntry): void {
    if (entry.kind !== 'LOG' || !isWanted(entry.step, this.#parameters)) return;
    const values = Object.entries(entry.data).filter(([metric]) => this.#wanted(metric));
    if (values.length === 0) return;
    const fixed = fixedCells(entry);
    if (this.#long) {
      for (const [metric, value] of values) this.to?.longRow(fixed, metric, value);
    } else {
      this.to?.wideRow(fixed, new Map(values));
    }
  }
}

function fixedCells({
  timestamp,
  datetime,
  elapsedtime,
  step,
}: LogRecord): (JsonValue | undefined)[] {
  const [epoch, iteration, validation] = stepComponents(step);
  const elapsed = Number.isNaN(elapsedtime) ? undefined : elapsedtime;
  return [timestamp, datetime, elapsed, step, epoch, iteration, validation];
}

class TableWriter {
  readonly #format: (typeof FORMATS)[number];
  readonly #metrics: readonly string[];
  readonly #file: OutFile;
  #rows = 0;

  constructor(
    format: (typeof FORMATS)[number],
    long: boolean,
    metrics: Iterable<string>,
    file: OutFile,
  ) {
    this.#format = format;
    this.#metrics = [...metrics];
    this.#file = file;
    if (format !== 'csv') return;
    const rest = long ? ['metric', 'value'] : this.#metrics.map(columnOf);
    file.write(csvRow([...FIXED, ...rest]));
  }

  wideRow(fixed: readonly (JsonValue | undefined)[], values: ReadonlyMap<string, JsonValue>): void {
    if (this.#format === 'csv') {
      this.#file.write(csvRow([...fixed, ...this.#metrics.map((metric) => values.get(metric))]));
    } else {
      this.#object(
        fixed,
        [...values].map(([metric, value]) => [columnOf(metric), value]),
      );
    }
  }

  longRow(fixed: readonly (JsonValue | undefined)[], metric: string, value: JsonValue): void {
    if (this.#format === 'csv') this.#file.write(csvRow([...fixed, metric, value]));
    else
      this.#object(fixed, [
        ['metric', metric],
        ['value', value],
      ]);
  }

  #object(fixed: readonly (JsonValue | undefined)[], values: [string, JsonValue][]): void {
    const cells = FIXED.map((name, i): [string, unknown] => [name, fixed[i]]);
    // Undefined cells are left out; `__proto__` is a name like any other.
    const text = JSON.stringify(Object.fromEntries([...cells, ...values]));
    const isList = this.#format === 'json';
    const before = isList ? (this.#rows === 0 ? '[\n' : ',\n') : '';
    this.#file.write(`${before}${text}${isList ? '' : '\n'}`);
    this.#rows++;
  }

  end(): void {
    if (this.#format === 'json') this.#file.write(this.#rows === 0 ? '[]\n' : '\n]\n');
  }
}
