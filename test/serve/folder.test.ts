/** Which logs `dllogger serve` finds in folders, and what it takes to show many. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { RunInfo } from '#dist/plot/protocol.js';
import { Dashboard } from '#dist/serve/dashboard.js';
import { folder } from '../support/dashboard.js';
import { times } from '../support/long.js';
import { serve, watch } from '../support/serve.js';
import { trainingLog } from '../support/training.js';

const noLinks = process.platform === 'win32' ? 'links need a privilege on Windows' : false;
const training = { iterations: 10, values: (step: number) => ({ loss: 100 - step }) };
const log = trainingLog(training);
/** The records of a log: 2 epochs of 10 iterations. */
const RECORDS = 20;

/** Asks until a connection is accepted: the server learns only after a moment that others have ended. */
async function retried<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await sleep(20);
    }
  }
}

/** The descriptors of a process that lead into a directory. */
function heldBy({ pid }: ChildProcess, directory: string): string[] {
  const held = `/proc/${pid}/fd`;
  return readdirSync(held).filter((fd) => {
    try {
      return readlinkSync(join(held, fd)).startsWith(directory);
    } catch {
      return false;
    }
  });
}

// At once, since each test waits for the server to look at its folders again.
describe('a folder', { concurrency: true }, () => {
  test('has values of a metric written in one way, whatever each log says of it', async () => {
    const directory = folder();
    const values = () => ({ share: 0.5 });
    const path = (name: string) => join(directory, name);
    writeFileSync(path('bare.json'), trainingLog({ ...training, values }));
    const goal = { share: { GOAL: 'MAXIMIZE' } };
    writeFileSync(path('goal.json'), trainingLog({ ...training, values, metadata: goal }));
    const { until } = watch({ logs: [], folders: [directory] });
    /** Waits until the value of each run is written so. */
    const written = (text: unknown, count: number) =>
      until((runs) => {
        const all = [...runs.values()].map(({ figures }) => JSON.stringify(figures[0]?.last));
        return all.length === count && all.every((one) => one === JSON.stringify(text));
      });
    await written(0.5, 2);
    const format = { share: { format: ':.1%' }, other: {} };
    writeFileSync(path('told.json'), trainingLog({ ...training, values, metadata: format }));
    await written([0.5, '50.0%'], 3);
    // The log that gave the format gives another.
    const record = { type: 'METADATA', metric: 'share', metadata: { format: ':.2f' } };
    const moment = { timestamp: '1.0', elapsedtime: '1.0', datetime: '1970-01-01T00:00:01Z' };
    appendFileSync(path('told.json'), `DLLL ${JSON.stringify({ ...moment, ...record })}\n`);
    await written([0.5, '0.50'], 3);
  });

  test('is searched for logs, whatever they are called, also those that come later', async () => {
    const directory = folder();
    mkdirSync(join(directory, 'deep', 'er'), { recursive: true });
    mkdirSync(join(directory, 'node_modules'));
    writeFileSync(join(directory, 'nvlog.json'), log);
    writeFileSync(join(directory, 'deep', 'er', 'job.out'), `some output\n${log}`);
    writeFileSync(join(directory, 'run.json.gz'), gzipSync(log));
    writeFileSync(join(directory, 'package.json'), '{"name": "no log"}');
    writeFileSync(join(directory, 'notes.txt'), 'DLLL is a prefix\n');
    writeFileSync(join(directory, 'empty.json'), '');
    writeFileSync(join(directory, 'node_modules', 'hidden.json'), log);
    const server = watch({ logs: [], folders: [directory] });
    const names = ['nvlog.json', join('deep', 'er', 'job.out'), 'run.json.gz'];
    await server.until((runs) => names.every((name) => runs.get(name)?.records === RECORDS));
    writeFileSync(join(directory, 'later.json'), log);
    appendFileSync(join(directory, 'empty.json'), log);
    const runs = await server.until(
      (all) =>
        all.get('later.json')?.records === RECORDS && all.get('empty.json')?.records === RECORDS,
    );
    assert.deepEqual(
      runs.map(({ name }) => name).toSorted(),
      [...names, 'later.json', 'empty.json'].toSorted(),
    );
  });

  test('may hold a log that is named too, and one of the same name', async () => {
    const [directory, other] = [folder(), folder()];
    const named = join(directory, 'run.json');
    const namesake = join(other, 'run.json');
    for (const path of [named, namesake]) writeFileSync(path, log);
    const server = watch({ logs: [named], folders: [directory, other] });
    const runs = await server.until((all) => all.get(namesake)?.records === RECORDS);
    assert.deepEqual(
      runs.map(({ name, records }) => [name, records]),
      [
        ['run.json', RECORDS],
        [namesake, RECORDS],
      ],
    );
  });

  test('is searched behind links, too: each log is found once, and a loop of links ends', {
    skip: noLinks,
  }, async () => {
    const [directory, elsewhere] = [folder(), folder()];
    writeFileSync(join(directory, 'run.json'), log);
    mkdirSync(join(elsewhere, 'pod'));
    writeFileSync(join(elsewhere, 'pod', '0.log'), log);
    symlinkSync(join(elsewhere, 'pod'), join(directory, 'pods'));
    symlinkSync(join(elsewhere, 'pod', '0.log'), join(elsewhere, 'single.log'));
    symlinkSync(join(elsewhere, 'single.log'), join(directory, 'single.log'));
    symlinkSync('run.json', join(directory, 'latest.json'));
    symlinkSync('..', join(elsewhere, 'pod', 'up'));
    symlinkSync('.', join(directory, 'loop'));
    symlinkSync(join(elsewhere, 'later.json'), join(directory, 'later.json'));
    const server = watch({ logs: [], folders: [directory] });
    const both = await server.until(
      (runs) => runs.get('run.json')?.records === RECORDS && runs.size === 2,
    );
    assert.ok(both.some(({ name }) => name === join('pods', '0.log') || name === 'single.log'));
    writeFileSync(join(elsewhere, 'later.json'), log);
    await server.until((runs) => runs.get('later.json')?.records === RECORDS);
  });

  test('has logs with dates in their names, in UTF-16, and behind what a launcher writes before a record', async () => {
    const directory = folder();
    const prefixed = log.replaceAll(/^/gm, '[rank0]: ').replace(/\[rank0\]: $/, '');
    writeFileSync(join(directory, 'train.log-20261129'), prefixed);
    const wide = Buffer.from(log, 'utf16le');
    writeFileSync(join(directory, 'wide.log'), wide);
    writeFileSync(join(directory, 'other-way.log'), Buffer.from(wide).swap16());
    writeFileSync(join(directory, 'train.log.2026-11-28T10:00'), `\r${log}`);
    const server = watch({ logs: [], folders: [directory] });
    const runs = await server.until(
      (all) => all.size === 4 && [...all.values()].every(({ records }) => records === RECORDS),
    );
    assert.equal(runs.length, 4);
  });

  test('shows compressed logs, whatever their names say', async () => {
    const directory = folder();
    writeFileSync(join(directory, 'packed.json'), gzipSync(log));
    writeFileSync(join(directory, 'plain.json.gz'), log);
    const server = watch({ logs: [], folders: [directory] });
    const runs = await server.until(
      (all) => all.size === 2 && [...all.values()].every(({ records }) => records === RECORDS),
    );
    assert.ok(runs.every(({ state }) => state === 'live' || state === 'idle'));
    appendFileSync(join(directory, 'plain.json.gz'), log);
    writeFileSync(join(directory, 'packed.json'), gzipSync(log.repeat(2)));
    await server.until((all) =>
      ['packed.json', 'plain.json.gz'].every((name) => all.get(name)?.records === 2 * RECORDS),
    );
  });

  test('of many logs shows them as they are read, the latest first', async () => {
    const directory = folder();
    const older = Array.from({ length: times(1500, 3000) }, (_, i) => `a-${i}.json`);
    const names = [...older, 'z-latest.json'];
    for (const [second, name] of names.entries()) {
      const path = join(directory, name);
      writeFileSync(path, log);
      utimesSync(path, 1_700_000_000 + second, 1_700_000_000 + second);
    }
    const dashboard = new Dashboard({ logs: [], folders: [directory] });
    const end = new AbortController();
    /** The names of the runs that each update is the first to show with their records. */
    const shown: string[][] = [];
    const seen = new Set<string>();
    const all = new Promise<void>((resolve) => {
      dashboard.onUpdate(({ runs }) => {
        const read = runs.filter(({ name, records }) => records === RECORDS && !seen.has(name));
        for (const { name } of read) seen.add(name);
        if (read.length > 0) shown.push(read.map(({ name }) => name));
        if (seen.size === names.length) resolve();
      });
    });
    const watching = dashboard.watch(end.signal);
    await all;
    end.abort();
    await watching;
    const [first = []] = shown;
    assert.ok(first.includes('z-latest.json'), `${first}`);
    assert.ok(!first.includes('a-0.json'), `${first.length} at once`);
  });

  test('forgets all but the latest of the logs that were removed from it', async () => {
    const directory = folder();
    const paths = Array.from({ length: 150 }, (_, i) => join(directory, `${i}.json`));
    for (const path of paths) writeFileSync(path, log);
    const server = watch({ logs: [], folders: [directory] });
    await server.until(
      (runs) =>
        runs.size === paths.length &&
        [...runs.values()].every(({ records }) => records === RECORDS),
    );
    for (const path of paths) rmSync(path);
    const runs = await server.until(
      (all) => all.size === 100 && [...all.values()].every(({ state }) => state === 'gone'),
    );
    const [kept] = runs;
    writeFileSync(paths[0] ?? '', log);
    await server.until((all) => all.get('0.json')?.state === 'live');
    assert.equal(kept?.records, RECORDS);
  });

  test('of many logs holds none open, and is followed while more pages are open than the limit of open files allows, which is reported once', {
    skip: process.platform === 'win32' ? 'Windows has no such limit' : false,
  }, async () => {
    const directory = folder();
    for (let i = 0; i < 200; i++) writeFileSync(join(directory, `${i}.json`), log);
    const launcher = ['sh', '-c', 'ulimit -n 64; exec "$@"', '-'];
    const server = await serve([directory], undefined, launcher);
    const { hostname, port, host } = new URL(server.url);
    const pages = Array.from({ length: 100 }, () => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.write(`GET /events HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      return socket;
    });
    const isAnswered = (socket: Socket) =>
      new Promise<boolean>((resolve) => {
        socket.once('data', () => resolve(true)).once('close', () => resolve(false));
      });
    const outcomes = await Promise.all(pages.map(isAnswered));
    const answered = pages.filter((_, i) => outcomes[i]);
    assert.equal(answered.length, 24);
    assert.match(
      server.stderr(),
      /^dllogger: 24 connections are open, as many as the limit of open files allows \(ulimit -n\): others are refused until a page is closed\n$/,
    );
    const isWhole = (runs: ReadonlyMap<string, RunInfo>) =>
      runs.size === 200 && [...runs.values()].every(({ records }) => records === RECORDS);
    const closed = answered.pop();
    closed?.destroy();
    const runs = await retried(() => server.until(isWhole));
    assert.ok(runs.every(({ state }) => state === 'live' || state === 'idle'));
    // Only Linux tells which files a process holds.
    if (process.platform === 'linux') {
      while (heldBy(server.child, directory).length > 0) await sleep(50);
    }
    appendFileSync(join(directory, '7.json'), log);
    await retried(() => server.until((all) => all.get('7.json')?.records === 2 * RECORDS));
    for (const socket of answered) socket.destroy();
    assert.equal((await retried(() => server.ask(''))).status, 200);
    assert.equal(await server.end(), 0);
    assert.equal(server.stderr().match(/\n/g)?.length, 1);
  });

  test('is the current one where no folder is named', async () => {
    const directory = folder();
    writeFileSync(join(directory, 'here.json'), log);
    const server = await serve([], directory);
    await server.until((runs) => runs.get('here.json')?.records === RECORDS);
  });
});
