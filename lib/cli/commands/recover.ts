import { statSync } from 'node:fs';
import { counted } from '../../base/counted.js';
import { recover } from '../../recover.js';
import { defineCommand, type ExitCode, UsageError } from '../command.js';
import { printable } from '../escape.js';

export const command = defineCommand({
  usage: 'LOG...',
  about:
    'Brings into a log what killed runs had logged and not yet written. Opening the log to append does\n' +
    'the same. Doing it twice changes nothing, and runs that write the log are not disturbed.',
  options: {},
  operands: [1, Number.POSITIVE_INFINITY],

  async run({ operands, json, output }): Promise<ExitCode> {
    let exitCode: ExitCode = 0;
    const answers: unknown[] = [];
    for (const path of operands) {
      try {
        if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
          throw new UsageError(
            `"${path}" is a directory and no log: name the logs in it whose runs were killed`,
          );
        }
        const recovery = recover(path);
        const { records, cut, left } = recovery;
        answers.push({ path, ...recovery });
        if (left.length > 0 && exitCode === 0) exitCode = 1;
        if (json) continue;
        const what =
          records === 0 ? 'nothing to recover' : `${counted(records, 'record')} recovered`;
        const tail = cut === 0 ? '' : `; ${counted(cut, 'byte')} of an unfinished line cut`;
        await output.print(`${printable(path)}: ${what}${tail}`);
        for (const text of left) await output.print(`  ${printable(text)}`);
      } catch (error) {
        if (operands.length === 1) throw error;
        output.fail(error);
        exitCode = 2;
      }
    }
    if (json) await output.json(answers);
    return exitCode;
  },
});
