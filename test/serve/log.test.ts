/** What `dllogger serve` shows of logs that grow, and of files that change. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { implementation } from 'dllogger';
import type { RunInfo } from '#dist/plot/protocol.js';
import { folder } from '../support/dashboard.js';
import { FULL_AT, runScript } from '../support/run.js';
import { serve, serveHere, watch } from '../support/serve.js';
import { trainingLog } from '../support/training.js';

const training = { iterations: 10, values: (step: number) => ({ loss: 100 - step }) };
const log = trainingLog(training);
/** The records of a log: 2 epochs of 10 iterations. */
const RECORDS = 20;

// At once, since each test waits for the server to look at its logs again.
describe('a log', { concurrency: true }, () => {
  const lines = log.split(/(?<=\n)/);

  test('is followed as it grows, record by record', async () => {
    const directory = folder();
    const [path, other] = [join(directory, 'growing.json'), join(directory, 'other.json')];
    for (const log of [path, other]) writeFileSync(log, lines.slice(0, 5).join(''));
    const server = await serveHere({ logs: [path, other], folders: [] });
    const shows = (name: string, records: number) =>
      server.until((runs) => runs.get(name)?.records === records);
    await shows('growing.json', 5);
    await shows('other.json', 5);
    // A line may come in pieces. The first piece is read before the server has looked twice at the other log.
    appendFileSync(path, lines[5]?.slice(0, 30) ?? '');
    for (const i of [5, 6]) {
      appendFileSync(other, lines[i] ?? '');
      await shows('other.json', i + 1);
    }
    appendFileSync(path, lines[5]?.slice(30) ?? '');
    const [run] = await shows('growing.json', 6);
    assert.equal(run?.state, 'live');
    assert.equal(run?.problems, 0);
    // A page that is opened later gets the same at once.
    const [later] = await server.until(() => true);
    assert.equal(later?.records, 6);
  });

  test('is waited for, and shown when it exists', async () => {
    const path = join(folder(), 'not-yet.json');
    const server = watch({ logs: [path], folders: [] });
    await server.until((runs) => runs.get('not-yet.json')?.state === 'waiting');
    writeFileSync(path, log);
    await server.until((runs) => runs.get('not-yet.json')?.records === RECORDS);
  });

  test('stays in view when its file is removed', async () => {
    const path = join(folder(), 'gone.json');
    writeFileSync(path, log);
    const server = await serveHere({ logs: [path], folders: [] });
    await server.until((runs) => runs.get('gone.json')?.records === RECORDS);
    rmSync(path);
    const [run] = await server.until((runs) => runs.get('gone.json')?.state === 'gone');
    const [later] = await server.until(() => true);
    assert.equal(later?.state, 'gone');
    const charts = await server.charts({ metrics: ['loss'], runs: [run?.id ?? -1] });
    assert.equal(charts[0]?.curves[0]?.length, RECORDS);
  });

  test('shows the new content after it was truncated and rewritten', async () => {
    const path = join(folder(), 'cut.json');
    writeFileSync(path, log);
    const server = watch({ logs: [path], folders: [] });
    await server.until((runs) => runs.get('cut.json')?.records === RECORDS);
    truncateSync(path);
    appendFileSync(path, lines.slice(0, 3).join(''));
    await server.until((runs) => runs.get('cut.json')?.records === 3);
  });

  test('shows the new file when another file takes its name, as rsync does', async () => {
    const directory = folder();
    const path = join(directory, 'copied.json');
    writeFileSync(path, lines.slice(0, 4).join(''));
    const server = watch({ logs: [path], folders: [] });
    await server.until((runs) => runs.get('copied.json')?.records === 4);
    writeFileSync(`${path}.part`, log);
    renameSync(`${path}.part`, path);
    const runs = await server.until((all) => all.get('copied.json')?.records === RECORDS);
    assert.equal(runs.length, 1);
  });

  test('shows the new content after a rewrite that is longer, or as long', async () => {
    const directory = folder();
    const [longer, same] = [join(directory, 'longer.json'), join(directory, 'same.json')];
    writeFileSync(longer, lines.slice(0, 5).join(''));
    writeFileSync(same, log);
    const server = watch({ logs: [longer, same], folders: [] });
    await server.until(
      (runs) =>
        runs.get('longer.json')?.records === 5 && runs.get('same.json')?.records === RECORDS,
    );
    const anew = trainingLog({
      ...training,
      begin: 5000,
      values: (step) => ({ loss: 900 - step }),
    });
    writeFileSync(longer, anew);
    writeFileSync(same, log.replaceAll('1790', '1791'));
    const runs = await server.until(
      (all) =>
        all.get('longer.json')?.records === RECORDS &&
        (all.get('same.json')?.begin ?? 0) >= 1_791_000_000,
    );
    assert.deepEqual(
      runs.map(({ name, records, problems }) => [name, records, problems]),
      [
        ['longer.json', RECORDS, 0],
        ['same.json', RECORDS, 0],
      ],
    );
  });

  test('that is replaced by a FIFO says so, and stops nothing else', {
    skip: process.platform === 'win32' ? 'Windows has no FIFOs in folders' : false,
  }, async () => {
    const directory = folder();
    const paths = Array.from({ length: 6 }, (_, i) => join(directory, `${i}.json`));
    for (const path of paths) writeFileSync(path, log);
    const server = await serve(paths);
    const all = (isSo: (run: RunInfo) => boolean) =>
      server.until((runs) => runs.size === 6 && [...runs.values()].every(isSo));
    await all(({ records }) => records === RECORDS);
    for (const path of paths) {
      rmSync(path);
      execFileSync('mkfifo', [path]);
    }
    const [run] = await all(({ state }) => state === 'failed');
    assert.match(run?.note ?? '', /^".*\.json" is a FIFO, not a regular file$/);
    for (const path of paths) {
      rmSync(path);
      writeFileSync(path, log + log);
    }
    await all(({ state, records }) => state === 'live' && records === 2 * RECORDS);
    assert.equal(await server.end(), 0);
  });

  test('that is replaced by a directory or a loop of links says so, and is read when it is back', {
    skip: process.platform === 'win32' ? 'links need a privilege on Windows' : false,
  }, async () => {
    const directory = folder();
    const [one, other] = [join(directory, 'one.json'), join(directory, 'other.json')];
    for (const path of [one, other]) writeFileSync(path, log);
    const server = watch({ logs: [one, other], folders: [] });
    const all = (isSo: (run: RunInfo) => boolean) =>
      server.until((runs) => runs.size === 2 && [...runs.values()].every(isSo));
    await all(({ records }) => records === RECORDS);
    for (const path of [one, other]) rmSync(path);
    mkdirSync(one);
    symlinkSync('other.json', other);
    const runs = await all(({ state }) => state === 'failed');
    assert.deepEqual(
      runs.map(({ records }) => records),
      [RECORDS, RECORDS],
    );
    const notes = runs.map(({ note }) => note).toSorted();
    assert.match(notes[0] ?? '', /^".*one\.json" is a directory, not a regular file$/);
    assert.match(notes[1] ?? '', /^cannot read ".*other\.json": .*\(ELOOP\)$/);
    rmSync(one, { recursive: true });
    rmSync(other);
    for (const path of [one, other]) writeFileSync(path, log + log);
    await all(({ state, records }) => state === 'live' && records === 2 * RECORDS);
  });

  test('that is other text says so, and is read when it has become a log', async () => {
    const path = join(folder(), 'no-log.json');
    writeFileSync(path, 'a line of text\n'.repeat(3));
    const old = new Date(Date.now() - 3_600_000);
    utimesSync(path, old, old);
    const server = watch({ logs: [path], folders: [] });
    const [run] = await server.until((runs) => runs.get('no-log.json')?.state === 'failed');
    assert.match(run?.note ?? '', /is not a DLLL log/);
    writeFileSync(path, log);
    await server.until((runs) => runs.get('no-log.json')?.records === RECORDS);
  });

  test('with damage shows what is whole, and counts the rest', async () => {
    const path = join(folder(), 'damaged.json');
    writeFileSync(
      path,
      `${lines.slice(0, 10).join('')}DLLL {"timest\n${'\0'.repeat(5000)}\n${lines.slice(10).join('')}`,
    );
    const server = watch({ logs: [path], folders: [] });
    const [run] = await server.until((runs) => runs.get('damaged.json')?.records === RECORDS);
    assert.ok((run?.problems ?? 0) >= 2);
  });

  test('whose run is dead shows its last line and its ring once it has been silent for long', async () => {
    const directory = folder();
    const unfinished = join(directory, 'unfinished.json');
    const killed = join(directory, 'killed.json');
    writeFileSync(unfinished, `${lines.slice(0, 5).join('')}DLLL {"timest`);
    const script = `${FULL_AT}
      import { JSONStreamBackend, Logger } from 'dllogger';
      const [, path] = process.argv;
      const logger = new Logger([new JSONStreamBackend(1, path)]);
      logger.log([0], { loss: 1 });
      logger.flush();
      fullAt(0);
      logger.log([1], { loss: 1 });
      process.kill(process.pid, 'SIGKILL');`;
    const { signal, stderr } = await runScript(script, { args: [killed] });
    assert.equal(signal, 'SIGKILL', stderr);
    const hasRing = implementation === 'native' && process.platform === 'linux';
    const server = watch({ logs: [], folders: [directory] });
    const both = (isSo: (run: RunInfo) => boolean) =>
      server.until((runs) => runs.size === 2 && [...runs.values()].every(isSo));
    const isShort = ({ name, problems, records }: RunInfo) =>
      name === 'unfinished.json' ? problems === 0 : records === 1;
    const changed = (ago: number) => {
      const then = new Date(Date.now() - ago);
      for (const path of [unfinished, killed]) utimesSync(path, then, then);
    };
    // Silent for ten minutes two seconds from now. Anew where the server looks only after these seconds.
    let runs: RunInfo[];
    do {
      changed(0);
      await both(({ state }) => state === 'live');
      changed(598_000);
      runs = await both(({ state }) => state === 'idle');
    } while (!runs.every(isShort));
    await server.until(
      (runs) =>
        runs.get('unfinished.json')?.problems === 1 &&
        runs.get('killed.json')?.records === (hasRing ? 2 : 1),
    );
  });

  test('of a restarted run shows the later run, and both with --all-sessions', async () => {
    const directory = folder();
    const path = join(directory, 'twice.json');
    writeFileSync(path, log + trainingLog({ ...training, begin: 1000 }));
    const latest = watch({ logs: [path], folders: [] });
    const one = (all: ReadonlyMap<string, { readonly records: number }>) =>
      all.get('twice.json')?.records === RECORDS;
    await latest.until(one);
    const all = await serve(['--all-sessions', path]);
    const runs = await all.until((found) => found.get('twice.json #2')?.records === RECORDS);
    assert.deepEqual(
      runs.map(({ name, records }) => [name, records]),
      [
        ['twice.json', RECORDS],
        ['twice.json #2', RECORDS],
      ],
    );
    assert.deepEqual(
      (await latest.until(one)).map(({ name, records }) => [name, records]),
      [['twice.json', RECORDS]],
    );
  });
});
