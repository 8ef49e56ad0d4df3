import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { labelOf } from '../../bench/driver.js';
import { against } from '../../bench/drivers.js';
import { machine, machineLine } from '../../bench/machine.js';
import { calls, endToEnd, exits, OURS, type Overview } from '../../bench/overview.js';
import { progress } from '../../bench/progress.js';
import { toJson } from '../../bench/results.js';
import { runAll } from '../../bench/run.js';
import { available } from '../../bench/table.js';
import { implementation } from '../../sink/native.js';
import { defineCommand, type ExitCode, numberOption, UsageError } from '../command.js';
import { printable } from '../escape.js';
import type { Output } from '../output.js';
import { type Heading, tableText, widthOf } from '../table.js';

/** Limit on the rounds, which go on until the time is up. */
const MOST_ROUNDS = 9;
/** Of a full half minute: bursts of a thousand records, records from end to end. */
const FULL = { seconds: 30, bursts: 60, records: 60_000 };

export const command = defineCommand({
  usage: '[--against FILE]... [--seconds N]',
  about:
    'Measures what logging costs on this machine: dllogger beside what plain Node can do and the\n' +
    'loggers that are installed where you are (pino, winston, bunyan, sonic-boom), or one of your own:\n' +
    'a module with export default (path) => ({ log(step, data) {}, flush() {}, close() {} }).',
  options: {
    against: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'a module that opens a logger',
    },
    seconds: { type: 'string', value: 'N', help: 'about how long it may take (default 30)' },
  },
  operands: [0, 0],

  async run({ options, json, output }): Promise<ExitCode> {
    const seconds = numberOption('--seconds', options.seconds, FULL.seconds, { least: 0 });
    for (const path of options.against) {
      if (!existsSync(path)) throw new UsageError(`--against ${path}: there is no such file`);
    }
    const own = options.against.map((path) => against(resolve(path), path));
    const roots = [process.cwd()];
    const { drivers, missing } = available(roots);
    const isNative = implementation === 'native';
    if (!isNative)
      output.warn('there is no native binary: only the TypeScript implementation runs');
    const measured = drivers.filter(({ name }) => isNative || name !== OURS);
    const share = Math.min(1, Math.max(0.02, seconds / FULL.seconds));
    const sections: readonly Overview[] = [
      calls(Math.ceil(FULL.bursts * share)),
      endToEnd(Math.ceil((FULL.records * share) / 1000) * 1000),
      exits,
    ];

    const trials = sections.map((section) => section.trials([...measured, ...own]));
    const all = await runAll({
      trials: trials.flat(),
      rounds: MOST_ROUNDS,
      limit: seconds * 1000,
      roots,
      report: progress,
    });
    progress();
    const results = sections.map((section, i) => {
      const mine = new Set(trials[i]);
      return { section, results: all.filter(({ trial }) => mine.has(trial)) };
    });

    const failures = new Set(
      all.flatMap(({ trial, error }) =>
        error === undefined ? [] : `${labelOf(trial.driver)}: ${error}`,
      ),
    );
    for (const failure of failures) output.warn(failure);
    const found = machine();
    if (json) {
      await output.json(toJson(found, results, [], roots));
    } else {
      for (const { section, results: own } of results) {
        const [header = [], ...body] = fitting(section.rows(own), output);
        const headings = header.map(
          (name, i): Heading => ({ name, align: i === 0 ? 'left' : 'right' }),
        );
        await output.print(`${output.style('bold', section.title)}\n`);
        await output.print(`${tableText(headings, body, output)}\n`);
      }
      const rounds = Math.max(...all.map((result) => result.rounds.length));
      await output.print(
        `Medians of ${rounds} rounds, ± half the distance of the quartiles; --json gives every figure.\n` +
          `The record has 3 metrics and a step of 2 numbers. ${machineLine(found)}`,
      );
      if (missing.length > 0) await output.print(`Not installed here: ${missing.join(', ')}`);
    }
    return failures.size > 0 ? 1 : 0;
  },
});

/** Always a table, however narrow the terminal: paragraphs cannot be compared. */
function fitting(rows: readonly (readonly string[])[], output: Output): string[][] {
  const cells = rows.map((row) => row.map(printable));
  const widths = (cells[0] ?? []).map((_, i) =>
    Math.max(...cells.map((row) => widthOf(row[i] ?? ''))),
  );
  const { room } = output;
  let used = 0;
  const columns = widths.filter((width) => {
    used += width + 2;
    return used <= room;
  }).length;
  return cells.map((row) => row.slice(0, Math.max(columns, 2)));
}
