/**
 * What `dllogger serve` costs over a folder of many logs: until their data are shown, and at rest.
 *
 *     node out/bench/dashboard-folder.js [--logs N] [--seconds N]
 */
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { machine, machineLine } from '#dist/bench/machine.js';
import { format, markdown } from '#dist/bench/table.js';
import type { Update } from '#dist/plot/protocol.js';
import { DashboardServer } from './dashboard-server.js';

const { values: options } = parseArgs({
  options: {
    logs: { type: 'string', default: '4000' },
    records: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '10' },
  },
});
const logs = Number(options.logs);
const records = Number(options.records);
const seconds = Number(options.seconds);
/** Number of logs that get a record, one after the other. */
const CHANGES = 20;
const TICKS_PER_SECOND = 100;

function line(log: number, step: number): string {
  const time = (1_790_000_000 + log + step).toFixed(6);
  return (
    `DLLL {"timestamp": "${time}", "datetime": "2026-09-21 14:13:20.000000", ` +
    `"elapsedtime": "${step.toFixed(6)}", "type": "LOG", "step": [0, ${step}], ` +
    `"data": {"loss": ${Math.random()}, "lr": 0.1, "grad.norm": ${Math.random()}}}\n`
  );
}

/** Milliseconds until the page was loaded. */
async function pageTime(url: string): Promise<number> {
  const start = performance.now();
  await (await fetch(url)).text();
  return performance.now() - start;
}

/** Follows the server's events, and notes when each run had how many records. */
class Watch {
  readonly records = new Map<string, number>();
  readonly #abort = new AbortController();
  #changed: () => void = () => {};

  async follow(url: string): Promise<void> {
    const { body } = await fetch(`${url}events`, { signal: this.#abort.signal });
    let text = '';
    for await (const chunk of body ?? []) {
      const events = (text + Buffer.from(chunk).toString()).split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data === undefined) continue;
        for (const run of (JSON.parse(data) as Update).runs)
          this.records.set(run.name, run.records);
      }
      this.#changed();
    }
  }

  async until(isSo: () => boolean): Promise<number> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return performance.now();
  }

  end(): void {
    this.#abort.abort();
  }
}

/** Seconds of processor time that a process has used. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const directory = mkdtempSync(join(tmpdir(), 'dllogger-bench-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
for (let log = 0; log < logs; log++) {
  const lines = Array.from({ length: records }, (_, step) => line(log, step));
  writeFileSync(join(directory, `run-${log}.json`), lines.join(''));
}

const started = performance.now();
const server = await DashboardServer.start(directory);
const page = pageTime(server.url);
const watch = new Watch();
const ended = watch.follow(server.url).catch(() => {});
const count = (least: number) => () => {
  let found = 0;
  for (const one of watch.records.values()) if (one === records) found++;
  return found >= least;
};
const first = (await watch.until(count(1))) - started;
const all = (await watch.until(count(logs))) - started;
const cpu = cpuOf(server.pid);
await sleep(2000);
const before = cpuOf(server.pid);
await sleep(seconds * 1000);
const resting = (cpuOf(server.pid) - before) / seconds;
const memory = server.memory();
const descriptors = readdirSync(`/proc/${server.pid}/fd`).length;
const changes: number[] = [];
for (let i = 0; i < CHANGES; i++) {
  const log = Math.floor((i * logs) / CHANGES);
  await sleep(Math.random() * 500);
  const start = performance.now();
  appendFileSync(join(directory, `run-${log}.json`), line(log, records));
  const end = await watch.until(() => watch.records.get(`run-${log}.json`) === records + 1);
  changes.push(end - start);
}
watch.end();
await ended;
server.end();
changes.sort((a, b) => a - b);

console.log(`A folder of ${format(logs)} logs of ${format(records)} records:\n`);
console.log(
  markdown([
    ['', ''],
    ['the page, asked for at once, ms', format(await page)],
    ['data of the first log, s', format(first / 1000, 2)],
    ['data of all logs, s', format(all / 1000, 2)],
    ['until then, of the processor, s', format(cpu, 2)],
    ['at rest: of a core, %', format(resting * 100, 1)],
    ['at rest: memory, MB', format(memory / 1e6)],
    ['at rest: open descriptors of the process', format(descriptors)],
    [
      `a change is seen, ms: median, largest of ${CHANGES}`,
      `${format(changes[CHANGES >> 1] ?? 0)}, ${format(changes.at(-1) ?? 0)}`,
    ],
  ]),
);
console.log(`\n${machineLine(machine())}`);
