import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { counted } from '../../base/counted.js';
import { FORMATS } from '../../export/formats.js';
import { Survey } from '../../export/survey.js';
import type { TableWriter } from '../../export/table.js';
import type { FlatRecord } from '../../reader/flat-record.js';
import type { Sink } from '../../reader/scan.js';
import { isDescription } from '../../reader/step.js';
import type { LogEntry, LogRecord } from '../../reader/types.js';
import { choiceOption, defineCommand, type ExitCode, listOption, UsageError } from '../command.js';
import { nameFilter } from '../filter.js';
import { openOutFile } from '../out-file.js';
import { readInto } from '../read.js';
import { removeAtEnd } from '../temporary.js';

const NAMES = Object.keys(FORMATS) as [string, ...string[]];

export const command = defineCommand({
  usage: 'LOG --to csv|json|ndjson|parquet [--wide|--long] [-o OUT]',
  about:
    'The log as a table. --wide, the default, has a row for each record and a column for each metric,\n' +
    'also of those that begin late in the log; --long has a row for each value. Columns before them:\n' +
    'timestamp and elapsedtime in seconds, datetime, step, and its places epoch, iteration, validation.\n' +
    'JSON has null for NaN and infinities. Parquet has timestamp as a time in UTC, elapsed_us in microseconds,\n' +
    'and step as text only where its places do not say it; in --long, what is no number stands in text.',
  options: {
    to: {
      type: 'string',
      value: 'FORMAT',
      help: 'csv, json (one list), ndjson (an object a line), or parquet',
    },
    wide: { type: 'boolean', help: 'a row for each record' },
    long: { type: 'boolean', help: 'a row for each value' },
    metric: {
      ...{ type: 'string', short: 'm', multiple: true, value: 'NAMES' },
      help: 'only these metrics, separated by commas; * stands for any text',
    },
    safe: { type: 'boolean', help: 'CSV: marks text that a spreadsheet would take for a formula' },
    parameters: { type: 'boolean', help: 'with the records of step PARAMETER and ENVIRONMENT' },
    output: { type: 'string', short: 'o', value: 'OUT', help: 'a file instead of standard output' },
  },
  operands: [1, 1],

  async run({ options, operands: [path = '-'], json, output }): Promise<ExitCode> {
    if (options.wide && options.long) throw new UsageError('export is either --wide or --long');
    if (options.to === undefined && !json) {
      throw new UsageError(`export needs --to ${NAMES.join(', --to ')}`);
    }
    const name = choiceOption('--to', options.to ?? 'json', NAMES);
    if (options.safe && name !== 'csv') throw new UsageError('--safe is for --to csv');
    const format = await FORMATS[name]?.();
    if (format === undefined) throw new Error(`no format ${name}`);
    const target = options.output ?? '-';
    if (format.isBinary && target === '-' && output.isTerminal) {
      throw new UsageError(`${name} is no text for a terminal: name a file with -o`);
    }
    const { long, parameters } = options;
    const wanted = nameFilter(listOption(options.metric));
    const needsSurvey = format.needsSurvey(long);
    // A stream that is read twice is kept.
    const spool = needsSurvey && path === '-' ? await spooled(process.stdin) : undefined;
    const source = spool?.path ?? path;
    try {
      const survey = new Survey(wanted, parameters);
      if (needsSurvey) await readInto(source, survey, output);
      const file = await openOutFile(target, [path], output);
      try {
        const writer = format.open(file, { long, wanted, survey, safe: options.safe });
        const rows = new Rows(writer, parameters);
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
  const keep = removeAtEnd(directory);
  const path = join(directory, 'standard-input');
  await pipeline(input, createWriteStream(path));
  const remove = async () => {
    await rm(directory, { recursive: true, force: true });
    keep();
  };
  return { path, remove };
}

/** Hands the records of a table to what writes it. */
class Rows implements Sink {
  readonly #writer: TableWriter;
  readonly #withDescriptions: boolean;

  constructor(writer: TableWriter, withDescriptions: boolean) {
    this.#writer = writer;
    this.#withDescriptions = withDescriptions;
  }

  flat(record: FlatRecord): void {
    this.#writer.flat(record);
  }

  entry(entry: LogEntry): void {
    if (isRow(entry, this.#withDescriptions)) this.#writer.record(entry);
  }
}

function isRow(entry: LogEntry, withDescriptions: boolean): entry is LogRecord {
  return entry.kind === 'LOG' && (withDescriptions || !isDescription(entry.step));
}
