import { constants, copyFile } from 'node:fs/promises';
import { plural } from '../../base/plural.js';
import type { FlatRecord } from '../../reader/flat-record.js';
import type { RecordReceiver } from '../../reader/log-scan.js';
import type { LogEntry, Problem } from '../../reader/types.js';
import { defineCommand, type ExitCode, UsageError } from '../command.js';
import { printable } from '../escape.js';
import { onlyLogOf } from '../logs.js';
import { NewFile, type OutFile, openOutFile } from '../out-file.js';
import { problemLine } from '../problem-text.js';
import { isCompressed, readInto } from '../read.js';

/** Limit on the problems before the first record that are listed. */
const MAX_EARLY = 1000;

export const command = defineCommand({
  usage: 'LOG (-o OUT | --in-place)',
  about:
    'A clean log: its records byte for byte, one to a line. Holes, cut records and foreign lines are\n' +
    'left out and listed. The log itself stays as it is, but with --in-place, which keeps a backup\n' +
    '(not while a run is writing it).',
  options: {
    output: {
      type: 'string',
      short: 'o',
      value: 'OUT',
      help: 'the clean log; - is standard output',
    },
    'in-place': { type: 'boolean', help: 'replace the log, and keep the old one as LOG.bak' },
  },
  operands: [1, 1],

  async run({ options, operands: [operand = '-'], json, output }): Promise<ExitCode> {
    const path = await onlyLogOf('repair', operand);
    const inPlace = options['in-place'];
    if ((options.output === undefined) !== inPlace) {
      throw new UsageError('repair writes either to a file (-o OUT) or --in-place');
    }
    if (inPlace && path === '-') throw new UsageError('standard input cannot be repaired in place');
    if (inPlace && (await isCompressed(path))) {
      throw new UsageError(`"${path}" is compressed: repair it with -o OUT`);
    }
    const target = options.output ?? path;
    const file = inPlace ? await NewFile.open(path) : await openOutFile(target, [path], output);
    // Where the log goes to standard output, the list goes to standard error.
    const isApart = target !== '-';
    const problems: Problem[] = [];
    const tell = (line: string) => {
      if (isApart) void output.print(line);
      else output.warn(line);
    };
    const list = (problem: Problem) => tell(problemLine(problem));
    let unlisted = 0;
    const listEarly = () => {
      for (const problem of problems.splice(0)) list(problem);
      if (unlisted > 0) tell(`and ${plural(unlisted, 'more problem')} before the first record`);
      unlisted = 0;
    };
    const report = (problem: Problem) => {
      if (json) {
        problems.push(problem);
      } else if (records.count > 0) {
        listEarly();
        list(problem);
      } else if (problems.length < MAX_EARLY) {
        // A file that is no log at all says so in one line.
        problems.push(problem);
      } else {
        unlisted++;
      }
    };
    const records = new RecordWriter(file);
    const drain = () => file.drain();
    let count: number;
    let backup: string | undefined;
    try {
      const options = { onProblem: report, afterChunk: drain };
      const { problems: found, ringRecords } = await readInto(path, records, output, options);
      count = found.count;
      // A ring that cannot be read refers to places in the log as it is.
      if (inPlace && (ringRecords > 0 || found.byReason.has('ring'))) {
        throw new UsageError(
          `a run that died left records of "${path}": dllogger recover it first`,
        );
      }
      if (inPlace && count === 0) {
        await file.discard();
      } else {
        if (inPlace) backup = await keepBackup(path);
        await file.finish();
      }
    } catch (error) {
      await file.discard();
      throw error;
    }
    if (!json) listEarly();
    if (json && isApart) {
      await output.json({ path, target, records: records.count, backup, problems });
    } else if (isApart) {
      const kept = backup === undefined ? '' : `, the old log in ${backup}`;
      await output.print(
        `${plural(records.count, 'record')} in ${printable(target)}${printable(kept)}`,
      );
    }
    return count > 0 ? 1 : 0;
  },
});

/** Writes each record's own bytes. */
class RecordWriter implements RecordReceiver {
  count = 0;
  readonly #file: OutFile;

  constructor(file: OutFile) {
    this.#file = file;
  }

  flat(record: FlatRecord): void {
    this.#write(record.text);
  }

  entry(_entry: LogEntry, text: Buffer): void {
    this.#write(text);
  }

  #write(text: Buffer): void {
    this.count++;
    this.#file.write(text);
    this.#file.write('\n');
  }
}

async function keepBackup(path: string): Promise<string> {
  for (let i = 0; ; i++) {
    const backup = i === 0 ? `${path}.bak` : `${path}.bak.${i}`;
    try {
      await copyFile(path, backup, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      return backup;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
