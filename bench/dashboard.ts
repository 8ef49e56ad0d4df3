/**
 * What the dashboard costs with large runs: thinning a curve compared with visiting every point; the server's
 * answers for all charts in view; and, where a browser is installed, the page compared with that of small
 * runs, and the table of 200 runs.
 *
 *     npm run bench:dashboard -- [--runs N] [--records N] [--rounds N] [--table]
 *
 * 10 runs of a million records, the default, take 2 GB of the temporary directory. With --table only the table is
 * measured.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { JSONStreamBackend, Logger } from 'dllogger';
import { machine, machineLine } from '#dist/bench/machine.js';
import { median } from '#dist/bench/statistics.js';
import { format, markdown } from '#dist/bench/table.js';
import { Curve } from '#dist/runs/curve.js';
import { ExtremesIndex } from '#dist/runs/extremes-index.js';
import { PLAIN, type Query } from '#dist/runs/query.js';
import { measurePage } from './dashboard-page.js';
import { DashboardServer } from './dashboard-server.js';
import { measureTable } from './dashboard-table.js';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '9' },
    table: { type: 'boolean', default: false },
  },
});
const runs = Number(options.runs);
const records = Number(options.records);
const rounds = Number(options.rounds);

/** Columns of pixels of a chart. */
const BUCKETS = 400;
const EPOCHS = 20;
/** Records of a small run, to which the large one is compared. */
const FEW = 1000;

function makeLogs(directory: string, length: number): void {
  const inEpoch = Math.ceil(length / EPOCHS);
  for (let run = 0; run < runs; run++) {
    const backend = new JSONStreamBackend(1, join(directory, `run-${run + 1}.json`));
    const logger = new Logger([backend]);
    for (let i = 0; i < length; i++) {
      const loss = (10 + run) / (1 + (10 * i) / length) + Math.random();
      const values = { loss, lr: 0.1 * (1 - i / length), 'grad.norm': 10 * Math.random() };
      logger.log([Math.floor(i / inEpoch), i % inEpoch], values);
    }
    backend.close();
  }
}

/** Milliseconds of an action: the median of the rounds. */
function time(action: () => void): number {
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    action();
    return performance.now() - start;
  });
  return median(times);
}

function measureCurve(): void {
  const data = Float64Array.from({ length: records }, () => Math.random());
  const place = (index: number) => index;
  const blocks = new ExtremesIndex({ data, length: records }, undefined, PLAIN);
  const filling = performance.now();
  blocks.update();
  const filled = performance.now() - filling;
  const curve = new Curve(place, blocks);
  let sum = 0;
  const bare = time(() => {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const end = Math.floor(((bucket + 1) * records) / BUCKETS);
      let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let i = Math.floor((bucket * records) / BUCKETS); i < end; i++) {
        const value = data[i] ?? 0;
        if (value < min) min = value;
        if (value > max) max = value;
      }
      sum += max - min;
    }
  });
  const sampled = time(() => {
    sum += curve.sample(0, records, BUCKETS).y[0] ?? 0;
  });
  if (sum === 0) throw new Error('nothing was drawn');
  console.log(`A curve of ${format(records)} points in ${BUCKETS} buckets:\n`);
  console.log(
    markdown([
      ['', 'ms', 'to the loop'],
      ['bare loop: least and largest of every bucket', format(bare, 3), '1.00'],
      ['Curve.sample', format(sampled, 3), format(sampled / bare, 2)],
      ['taking in all points, once', format(filled, 1), format(filled / bare, 2)],
    ]),
  );
}

async function measureServer(server: DashboardServer): Promise<void> {
  const metrics = ['loss', 'lr', 'grad.norm'];
  const all = Array.from({ length: runs }, (_, id) => id);
  const ask = async (changed: Partial<Query>): Promise<number> => {
    const base = { axis: 'step', smoothing: 0, buckets: BUCKETS / 2, metrics, runs: all } as const;
    const start = performance.now();
    await server.charts({ ...base, ...changed });
    return performance.now() - start;
  };
  const again = async (query: (round: number) => Partial<Query>): Promise<number> => {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) times.push(await ask(query(round)));
    return median(times);
  };
  const first = await ask({});
  const rows: [string, number][] = [
    ['all points, for the first time', first],
    ['all points', await again(() => ({}))],
    ['a tenth of the axis', await again(() => ({ range: [0.4 * records, 0.5 * records] }))],
    ['a thousand steps', await again(() => ({ range: [records / 2, records / 2 + 1000] }))],
    ['another axis', await again((round) => ({ axis: round % 2 === 0 ? 'time' : 'epoch' }))],
    ['another smoothing', await again((round) => ({ smoothing: 0.9 + round / 1000 }))],
    ['the same smoothing', await again(() => ({ smoothing: 0.9 + (rounds - 1) / 1000 }))],
  ];
  console.log(`\nThe server's answer for ${metrics.length} charts of ${runs} runs each:\n`);
  console.log(markdown([['', 'ms'], ...rows.map(([name, ms]) => [name, format(ms)])]));
}

async function measureLargeRuns(): Promise<void> {
  measureCurve();

  console.error(`making ${runs} logs of ${format(records)} records`);
  makeLogs(directory, records);
  const reading = performance.now();
  for (let run = 0; run < runs; run++) {
    const text = readFileSync(join(directory, `run-${run + 1}.json`), 'latin1');
    let at = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
      JSON.parse(text.slice(at + 'DLLL '.length, end));
      at = end + 1;
    }
  }
  const bareReading = performance.now() - reading;

  const server = await DashboardServer.start(directory);
  const loaded = await server.untilRead(runs, records);
  console.log(
    `\n${runs} logs of ${format(records)} records are read in ${format(loaded / 1000, 1)} s, ` +
      `${format(loaded / bareReading, 2)} of a bare loop of JSON.parse; ` +
      `the server takes ${format(server.memory() / 2 ** 20)} MiB.`,
  );
  await measureServer(server);

  const small = mkdtempSync(join(directory, 'small-'));
  makeLogs(small, FEW);
  const smallServer = await DashboardServer.start(small);
  await smallServer.untilRead(runs, FEW);
  await measurePage([
    [`${runs} runs of ${format(FEW)}`, smallServer.url],
    [`${runs} runs of ${format(records)}`, server.url],
  ]);
  server.end();
  smallServer.end();
}

const directory = mkdtempSync(join(tmpdir(), 'dllogger-bench-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
process.once('SIGINT', () => process.exit(130));

if (!options.table) await measureLargeRuns();
await measureTable(directory);
console.log(`\nMedians of ${rounds} rounds. ${machineLine(machine())}`);
