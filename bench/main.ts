/**
 * What logging costs: ours beside others, in one run. Each driver runs in a process of its own, the
 * drivers take turns, and the figures are medians of the rounds.
 */
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CASES, runAll, type Trial } from '#dist/bench/run.js';
import { available, table } from '#dist/bench/table.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    case: { type: 'string', multiple: true },
    driver: { type: 'string', multiple: true },
  },
});

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const roots = [process.cwd(), ROOT];
const { drivers, missing } = available(roots);
if (missing.length > 0) {
  console.error(
    `not installed: ${missing.join(', ')} (npm install --no-save ${missing.join(' ')})`,
  );
}

const wanted = (name: string, list: readonly string[] | undefined): boolean =>
  list === undefined || list.some((one) => name.includes(one));
const trials: Trial[] = [];
for (const driver of drivers.filter(({ name }) => wanted(name, options.driver))) {
  const isFast = driver.name === 'dllogger' || driver.isYardstick === true;
  trials.push(
    { group: 'log()', driver, module: CASES, case: 'hot', options: { bursts: isFast ? 400 : 200 } },
    {
      group: 'end to end',
      driver,
      module: CASES,
      case: 'endToEnd',
      options: { records: isFast ? 1_000_000 : 200_000 },
    },
  );
}

const results = await runAll(
  trials.filter(({ group }) => wanted(group, options.case)),
  Number(options.rounds),
  roots,
  (done, all, trial) => {
    const text = `${done} of ${all}: ${trial.group}, ${trial.driver.name}`;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  },
);
process.stderr.write(process.stderr.isTTY ? '\r\x1b[K' : '');
for (const { error } of results) if (error !== undefined) console.error(error);

const inGroup = (group: string) => results.filter(({ trial }) => trial.group === group);
if (inGroup('log()').length > 0) {
  console.log('\n## log() on the calling thread, ns\n');
  console.log(
    table(inGroup('log()'), [
      { title: 'log()', figure: 'log', spread: true, ratio: true },
      { title: 'p50', figure: 'p50' },
      { title: 'p99', figure: 'p99' },
      { title: 'p99.99', figure: 'p99.99' },
      { title: 'max', figure: 'max' },
    ]),
  );
}
const written = inGroup('end to end').filter(({ trial }) => trial.driver.isYardstick !== true);
if (written.length > 0) {
  console.log('\n## End to end: until the operating system has every byte\n');
  console.log(
    table(written, [
      { title: 'wall, ns/record', figure: 'wall', spread: true, ratio: true },
      { title: 'of it in log()', figure: 'calls' },
      { title: 'CPU of all threads, ns/record', figure: 'cpu', spread: true, ratio: true },
      { title: 'memory, MiB', figure: 'memory', unit: 2 ** 20, digits: 1 },
      { title: 'bytes/record', figure: 'bytes' },
      { title: 'lost', figure: 'lost' },
    ]),
  );
}
console.log(
  `\nMedians of ${options.rounds} rounds. The record has 3 metrics and a step of 2 numbers. ` +
    `Node ${process.version}, ${process.platform} ${process.arch}, ` +
    `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}.`,
);
