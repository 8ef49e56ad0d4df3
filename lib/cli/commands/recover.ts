import { statSync } from 'node:fs';
import { plural } from '../../base/plural.js';
import { readError } from '../../reader/file-reader.js';
import { ringContent } from '../../reader/ring.js';
import { recover } from '../../recover.js';
import { mayLack } from '../../sink/log-kind.js';
import { ringsOf } from '../../sink/ring-place.js';
import { defineCommand, type ExitCode, UsageError } from '../command.js';
import { printable } from '../escape.js';
import { expanded, isFolder } from '../logs.js';
import { errorJson, type Output } from '../output.js';
import { logsWithRings } from '../rings.js';

/** What was done with a log, or would be. */
interface Answer {
  readonly path: string;
  readonly records: number;
  /** Bytes of an unfinished last line, which stay as a line of their own. */
  readonly unfinished?: number;
  /** A sentence for each ring that was not recovered. */
  readonly left: readonly string[];
  /** Whether no file has the log's name any more. */
  readonly isGone?: boolean;
}

export const command = defineCommand({
  usage: 'DIR|LOG... [-r] [--list]',
  about:
    'Brings into a log what killed runs had logged and not yet written. Opening the log to append does\n' +
    'the same. Doing it twice changes nothing, and runs that write the log are not disturbed. Of a\n' +
    'directory all logs are recovered that have unwritten records beside them.',
  options: {
    recursive: { type: 'boolean', short: 'r', help: 'directories with all that are below them' },
    list: { type: 'boolean', help: 'only show what there is to recover, and change nothing' },
  },
  operands: [1, Number.POSITIVE_INFINITY],

  async run({ options, operands, json, output }): Promise<ExitCode> {
    if (operands.includes('-')) throw new UsageError('recover changes files: name the log');
    const treat = async (path: string): Promise<Answer> => {
      return options.list ? list(path) : { path, ...recover(path) };
    };
    const answers: Answer[] = [];
    const failures: object[] = [];
    const fail = (error: unknown, path?: string) => {
      failures.push({ ...(path !== undefined && { path }), error: errorJson(error) });
      output.fail(error);
    };
    const treatOne = (path: string) => treat(path).then(add, (error) => fail(error, path));
    const add = async (answer: Answer) => {
      answers.push(answer);
      if (!json) await print(answer, options.list, output);
    };
    for (const path of expanded(operands)) {
      if (!isFolder(path)) {
        await treatOne(path);
        continue;
      }
      const logs = logsWithRings(path, options.recursive, fail);
      if (logs.length === 0 && !json) await output.print(`${printable(path)}: nothing to recover`);
      for (const log of logs) {
        if (log.isGone) await add(gone(log.path, log.rings));
        else await treatOne(log.path);
      }
    }
    if (json) await output.json([...answers, ...failures]);
    return answers.some(({ left }) => left.length > 0) ? 1 : 0;
  },
});

/** What recovery would add to a log; changes nothing. */
async function list(path: string): Promise<Answer> {
  try {
    statSync(path);
  } catch (error) {
    throw readError(path, error);
  }
  if (!mayLack(path)) return { path, records: 0, left: [] };
  const content = await ringContent(path, ringsOf(path).length > 0);
  if (content === undefined) return { path, records: 0, left: [] };
  const { lines, left } = content;
  let records = 0;
  for (let at = lines.indexOf('\n'); at >= 0; at = lines.indexOf('\n', at + 1)) records++;
  return { path, records, left };
}

/**
 * Rings whose log is gone stay as they are: the run may be alive and its log renamed, and a new file under the old name
 * would take that name.
 */
function gone(path: string, rings: readonly string[]): Answer {
  const left = rings.map(
    (ring) =>
      `"${ring}" is left as it is, as its run may be alive; a new log is made of it by: dllogger recover ${path}`,
  );
  return { path, records: 0, left, isGone: true };
}

async function print(answer: Answer, isList: boolean, output: Output): Promise<void> {
  const { path, records, unfinished = 0, left, isGone = false } = answer;
  const what = isGone
    ? 'is gone'
    : records === 0
      ? 'nothing to recover'
      : `${plural(records, 'record')} ${isList ? 'to recover' : 'recovered'}`;
  const tail = unfinished === 0 ? '' : `; ${plural(unfinished, 'byte')} of an unfinished line stay`;
  const texts = left.map((text) => `\n  ${printable(text)}`);
  await output.print(`${printable(path)}: ${what}${tail}${texts.join('')}`);
}
