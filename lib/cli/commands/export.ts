import { FORMATS } from '../../export/formats.js';
import { Survey } from '../../export/survey.js';
import type { Origin, TableWriter } from '../../export/table.js';
import type { FlatRecord } from '../../reader/flat-record.js';
import type { RecordReceiver } from '../../reader/log-scan.js';
import { RunFinder } from '../../reader/run-finder.js';
import { isDescription } from '../../reader/step.js';
import type { LogEntry, LogRecord } from '../../reader/types.js';
import { shortNames } from '../../runs/names.js';
import { choiceOption, defineCommand, type ExitCode, UsageError } from '../command.js';
import { logsOf } from '../logs.js';
import { METRIC_OPTION, MetricChoice } from '../metric-choice.js';
import { openOutFile } from '../out-file.js';
import { tellProblems } from '../problem-text.js';
import { RereadLog } from '../reread.js';

const NAMES = Object.keys(FORMATS) as [string, ...string[]];

export const command = defineCommand({
  usage: 'LOG|DIR... --to csv|json|ndjson|parquet [--wide|--long] [-o OUT]',
  about:
    'The log as a table. --wide, the default, has a row for each record and a column for each metric,\n' +
    'also of those that begin late in the log; --long has a row for each value. Columns before them:\n' +
    'timestamp and elapsedtime in seconds, datetime, step, its components epoch, iteration, validation (a step\n' +
    'that is a number is an iteration), and the session of the log, counted from 0. The table of several\n' +
    'logs begins with the column run.\n' +
    'JSON has null for NaN and infinities. Parquet has timestamp as a time in UTC, elapsed_us in microseconds,\n' +
    'and step as text only where its components do not say it; in --long, the column text has the values that\n' +
    'are not numbers.',
  options: {
    to: {
      type: 'string',
      value: 'FORMAT',
      choices: NAMES,
      help: 'csv, json (one list), ndjson (an object a line), or parquet',
    },
    wide: { type: 'boolean', help: 'a row for each record' },
    long: { type: 'boolean', help: 'a row for each value' },
    ...METRIC_OPTION,
    latest: { type: 'boolean', help: 'without what later sessions of a resumed run replaced' },
    safe: { type: 'boolean', help: 'CSV: marks text that a spreadsheet would take for a formula' },
    parameters: { type: 'boolean', help: 'with the records of step PARAMETER and ENVIRONMENT' },
    output: { type: 'string', short: 'o', value: 'OUT', help: 'a file instead of standard output' },
  },
  operands: [1, Number.POSITIVE_INFINITY],

  async run({ options, operands, json, output }): Promise<ExitCode> {
    if (options.wide && options.long) throw new UsageError('export is either --wide or --long');
    if (options.to === undefined && !json) {
      throw new UsageError(`export needs --to ${NAMES.join(', --to ')}`);
    }
    const name = choiceOption('--to', options.to ?? 'json', NAMES);
    if (json && name !== 'json')
      throw new UsageError(`--json is --to json: leave out --to ${name}`);
    if (options.safe && name !== 'csv') throw new UsageError('--safe is for --to csv');
    const format = await FORMATS[name]?.();
    if (format === undefined) throw new Error(`no format ${name}`);
    const target = options.output ?? '-';
    if (format.isBinary && target === '-' && output.isTerminal) {
      throw new UsageError(`${name} is not text that a terminal can show: name a file with -o`);
    }
    const choice = new MetricChoice(options.metric);
    const paths = await logsOf(operands, (error) => output.fail(error));
    const names = shortNames(paths);
    const logs = paths.map((path, i) => ({ name: names[i] ?? path, log: new RereadLog(path) }));
    const { long, parameters, latest, safe } = options;
    const wanted = choice.wants;
    const survey = new Survey(wanted, parameters);
    const sinks = new Map<RereadLog, Rows>();
    const origin: Origin = { run: paths.length > 1 ? '' : undefined, session: 0 };
    try {
      for (const { name, log } of logs) {
        let finder = new RunFinder();
        if (latest) {
          await log.read(both(survey, finder), output);
          finder = finder.again();
        } else if (format.needsSurvey(long)) {
          await log.read(survey, output);
        }
        sinks.set(log, new Rows(origin, { name, finder, latest, parameters }));
      }
      const file = await openOutFile(target, paths, output);
      try {
        const writer = format.open(file, { long, wanted, survey, safe, origin });
        let exitCode: ExitCode = 0;
        for (const [log, rows] of sinks) {
          rows.writer = writer;
          const afterChunk = () => file.drain();
          const { problems } = await log.read(rows, output, { afterChunk });
          if (tellProblems([[log.path, problems.count]], output) !== 0) exitCode = 1;
        }
        choice.check();
        writer.end();
        await file.finish();
        return exitCode;
      } catch (error) {
        await file.discard();
        throw error;
      }
    } finally {
      for (const { log } of logs) await log.close();
    }
  },
});

/** Passes records to two sinks. */
function both(one: RecordReceiver, other: RecordReceiver): RecordReceiver {
  return {
    flat: (record, line, offset, length) => {
      one.flat(record, line, offset, length);
      other.flat(record, line, offset, length);
    },
    entry: (entry, text) => {
      one.entry(entry, text);
      other.entry(entry, text);
    },
  };
}

interface TabledLog {
  readonly name: string;
  readonly finder: RunFinder;
  /** Whether what later sessions replaced is left out. */
  readonly latest: boolean;
  /** Whether records of parameters and environment are rows. */
  readonly parameters: boolean;
}

/** Passes the records of a log to the writer of a table. */
class Rows implements RecordReceiver {
  writer: TableWriter | undefined;
  readonly #origin: Origin;
  readonly #log: TabledLog;

  constructor(origin: Origin, log: TabledLog) {
    this.#origin = origin;
    this.#log = log;
  }

  flat(record: FlatRecord, line: number): void {
    this.#log.finder.flat(record, line);
    if (this.#enter()) this.writer?.flat(record);
  }

  entry(entry: LogEntry): void {
    this.#log.finder.entry(entry);
    if (isRow(entry, this.#log.parameters) && this.#enter()) this.writer?.record(entry);
  }

  /** Whether the record at hand is in the table. */
  #enter(): boolean {
    const { finder, latest, name } = this.#log;
    this.#origin.session = finder.session;
    if (this.#origin.run !== undefined) this.#origin.run = name;
    return !(latest && finder.isHidden);
  }
}

function isRow(entry: LogEntry, withDescriptions: boolean): entry is LogRecord {
  return entry.kind === 'LOG' && (withDescriptions || !isDescription(entry.step));
}
