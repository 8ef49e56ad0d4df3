/**
 * What logging costs: ours beside others, in one run. Each driver runs in a process of its own,
 * the drivers take turns, and the figures are medians of the rounds.
 */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Figures } from './case.js';
import { DRIVERS } from './drivers.js';

const ROUNDS = 5;
const CASE = fileURLToPath(new URL('case.js', import.meta.url));

function measure(driver: string): Figures {
  const env = { ...process.env, DLLOGGER_NATIVE: driver === 'native' ? '1' : '0' };
  return JSON.parse(execFileSync(process.execPath, [CASE, driver], { encoding: 'utf8', env }));
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

const rounds = new Map<string, Figures[]>(Object.keys(DRIVERS).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, figures] of rounds) {
    process.stderr.write(`\rround ${round + 1} of ${ROUNDS}: ${name.padEnd(16)}`);
    figures.push(measure(name));
  }
}
process.stderr.write(`\r${' '.repeat(40)}\r`);

const medians = [...rounds].map(([name, figures]) => ({
  name,
  log: median(figures.map((one) => one.log)),
  throughput: median(figures.map((one) => one.throughput)),
  cpu: median(figures.map((one) => one.cpu)),
}));
const ours = medians.find((one) => one.name === 'native');

const rows = medians.map(({ name, log, throughput, cpu }) => [
  name,
  log.toFixed(0),
  ours === undefined ? '' : `${(log / ours.log).toFixed(1)} x`,
  (throughput / 1000).toFixed(0),
  ours === undefined ? '' : `${(ours.throughput / throughput).toFixed(1)} x`,
  cpu.toFixed(0),
  ours === undefined ? '' : `${(cpu / ours.cpu).toFixed(1)} x`,
]);
const header = [
  'logger',
  'log(), ns',
  'to native',
  'end to end, 1000 records/s',
  'native to it',
  'CPU of all threads, ns/record',
  'to native',
];
for (const row of [header, header.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`);
console.log(
  `\nMedians of ${ROUNDS} rounds. The record has 3 metrics and a step of 2 numbers. ` +
    `Node ${process.version}, ${process.platform} ${process.arch}, ` +
    `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}.`,
);
