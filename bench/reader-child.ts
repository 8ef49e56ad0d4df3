/** One case of bench/reader.ts, in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { JSONStreamBackend, Logger } from 'dllogger';
import { loadRun, readLog } from 'dllogger/reader';
import { main } from '#dist/cli/main.js';
import { type Case, reportCase, Stopwatch } from './figures.js';

const EPOCHS = 10;
/** Milliseconds between the bursts of the writer that is followed. */
const BURST = 10;
/** Seconds until the cost of following is steady. */
const WARM_UP = 3;

/** Metrics of a record of a log of many names. */
const PER_RECORD = 5;

/** The table that `export` writes, as a user would write it. */
async function writeTable(path: string, long: boolean): Promise<void> {
  const metrics = ['loss', 'lr', 'grad.norm'];
  const file = createWriteStream(`${path}.csv`);
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 2 ** 20 })) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    let rows = '';
    for (const line of lines) {
      const { timestamp, datetime, elapsedtime, step, data } = JSON.parse(line.slice(5));
      if (!Array.isArray(step)) continue;
      const fixed = `${Number(timestamp)},${datetime},${Number(elapsedtime)},"[${step}]",${step},`;
      if (long) {
        for (const [metric, value] of Object.entries(data)) rows += `${fixed},${metric},${value}\n`;
      } else {
        rows += `${fixed},${metrics.map((metric) => data[metric]).join(',')}\n`;
      }
    }
    if (!file.write(rows)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}

const watch = new Stopwatch();

const CASES: Record<string, Case> = {
  make(path, records) {
    const logger = new Logger([new JSONStreamBackend(1, path)]);
    logger.log('PARAMETER', { lr: 0.1, model: 'resnet50', epochs: EPOCHS });
    logger.metadata('loss', { unit: 'nat', format: ':.4f', GOAL: 'MINIMIZE', STAGE: 'TRAIN' });
    const inEpoch = Math.ceil(records / EPOCHS);
    for (let i = 0; i < records; i++) {
      const loss = 10 / (1 + i / 1000) + Math.random();
      const values = { loss, lr: 0.1 * (1 - i / records), 'grad.norm': 10 * Math.random() };
      logger.log([Math.floor(i / inEpoch), i % inEpoch], values);
    }
    logger.close();
  },

  async loop(path) {
    let rest = '';
    let records = 0;
    for await (const chunk of createReadStream(path, {
      encoding: 'utf8',
      highWaterMark: 2 ** 20,
    })) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (JSON.parse(line.slice(5)).type === 'LOG') records++;
    }
    return records;
  },

  /** Writes as many records with every name as make up the number of values. */
  makeNames(path, values, count) {
    const logger = new Logger([new JSONStreamBackend(1, path)]);
    const names = Array.from({ length: count }, (_, i) => `layer.${i}.norm`);
    for (let at = 0, i = 0; at < values; i++) {
      // Each record has only a layer's share of the names, as in real logs of many names.
      const some = names.slice((i * PER_RECORD) % count, ((i * PER_RECORD) % count) + PER_RECORD);
      logger.log([0, i], Object.fromEntries(some.map((name) => [name, Math.random()])));
      at += some.length;
    }
    logger.close();
  },

  summary: (path) => main(['summary', path]),
  compare: (path) => main(['compare', path, path]),
  plot: (path) => main(['plot', path]),
  exportWide: (path) => main(['export', path, '--to', 'csv', '-o', `${path}.csv`]),
  /** Writes as many bytes as the table that `exportWide` left, from memory. */
  tableBytes(path) {
    const bytes = Buffer.alloc(2 ** 20, ',');
    const file = openSync(`${path}.bytes`, 'w');
    for (let left = statSync(`${path}.csv`).size; left > 0; left -= bytes.length) {
      writeSync(file, bytes, 0, Math.min(left, bytes.length));
    }
    closeSync(file);
  },
  exportLong: (path) => main(['export', path, '--to', 'csv', '--long', '-o', `${path}.csv`]),
  exportParquet: (path) => main(['export', path, '--to', 'parquet', '-o', `${path}.parquet`]),
  exportParquetLong: (path) =>
    main(['export', path, '--to', 'parquet', '--long', '-o', `${path}.parquet`]),
  forward(path) {
    // Existing output would be compared, and not written.
    rmSync(`${path}.tb`, { recursive: true, force: true });
    return main(['forward', path, '--tensorboard', `${path}.tb`]);
  },
  loopWide: (path) => writeTable(path, false),
  loopLong: (path) => writeTable(path, true),

  async readLog(path) {
    let records = 0;
    for await (const { kind } of readLog(path)) if (kind === 'LOG') records++;
    return records;
  },

  loadRun: (path) => loadRun(path),

  idle: (_path, seconds) => sleep(seconds * 1000),

  async follow(path, seconds) {
    writeFileSync(path, '');
    const writer = fork(
      fileURLToPath(import.meta.url),
      ['write', path, String(WARM_UP + seconds)],
      {
        stdio: ['ignore', 'ignore', 'inherit', 'ignore', 'ipc'],
      },
    );
    const signal = AbortSignal.timeout((WARM_UP + seconds) * 1000);
    setTimeout(() => watch.restart(), WARM_UP * 1000);
    for await (const _ of readLog(path, { follow: true, signal }));
    writer.kill();
  },

  async write(path, seconds) {
    const logger = new Logger([new JSONStreamBackend(1, path, { append: true })]);
    const begin = performance.now();
    for (let i = 0; performance.now() < begin + seconds * 1000; ) {
      for (; i < performance.now() - begin; i++) logger.log([0, i], { loss: 1 / 3, lr: 0.1 });
      await sleep(BURST);
    }
  },
};

await reportCase(CASES, watch);
