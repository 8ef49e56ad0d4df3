/** `dllogger serve` as its pages see it: what it answers, and to whom. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { isOurHost } from '#dist/serve/host.js';
import { dllogger } from '../support/cli.js';
import { folder } from '../support/dashboard.js';
import { runScript } from '../support/run.js';
import { serve, serveHere, watch } from '../support/serve.js';
import { dlloggerInTerminal, noTerminal } from '../support/terminal.js';
import { trainingLog } from '../support/training.js';

const noOtherUser =
  process.platform === 'linux' && process.getuid?.() === 0
    ? false
    : 'only root may become another user';
const training = { iterations: 10, values: (step: number) => ({ loss: 100 - step }) };
const log = trainingLog(training);
/** The records of a log: 2 epochs of 10 iterations. */
const RECORDS = 20;

describe('the server', async () => {
  const directory = folder();
  writeFileSync(join(directory, 'run.json'), log);
  const server = await serveHere({ logs: [], folders: [directory] });
  const JSON_BODY = { 'Content-Type': 'application/json' };

  test('gives the page and all that belongs to it, and forbids everything from elsewhere', async () => {
    for (const path of ['', 'dashboard.js', 'style.css', 'icon.svg']) {
      const { status, headers } = await server.ask(path);
      assert.equal(status, 200);
      assert.match(String(headers['content-security-policy']), /^default-src 'none'; /);
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
      assert.equal(headers['x-content-type-options'], 'nosniff');
    }
    const { body } = await server.ask('');
    const sources = [...body.toString().matchAll(/(?:src|href)="([^"]+)"/g)].map(([, to]) => to);
    assert.deepEqual(sources.toSorted(), ['dashboard.js', 'icon.svg', 'style.css']);
  });

  test('answers nothing else', async () => {
    for (const path of [
      'run.json',
      '../package.json',
      '%2e%2e/package.json',
      '/x',
      'page/',
      'toString',
    ]) {
      assert.equal((await server.ask(path)).status, 404, path);
    }
    assert.equal((await server.ask('', { method: 'DELETE' })).status, 405);
    assert.equal((await server.ask('series')).status, 405);
  });

  test('answers by its address and localhost only (DNS rebinding)', async () => {
    const { port } = new URL(server.url);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
      assert.equal((await server.ask('', { headers: { Host: host } })).status, 200, host);
    }
    for (const host of ['evil.example', `127.0.0.1.evil.example:${port}`, 'localhost.evil']) {
      for (const path of ['', 'events', 'series']) {
        const { status, body } = await server.ask(path, { headers: { Host: host } });
        assert.equal(status, 421, host);
        assert.ok(!body.includes('run.json'));
        assert.match(body.toString(), /start it with --allow-host [^ :]+, or use its address\n$/);
      }
    }
  });

  test('does not answer pages from elsewhere', async () => {
    for (const headers of [
      { Origin: 'http://evil.example' },
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' },
      { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'no-cors' },
    ]) {
      assert.equal((await server.ask('events', { headers })).status, 403);
    }
    const link = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };
    assert.equal((await server.ask('', { headers: link })).status, 200);
    const query = { axis: 'step', smoothing: 0, buckets: 10, metrics: [], runs: [] };
    const post = { method: 'POST', body: JSON.stringify(query) };
    const headers = { ...JSON_BODY, Origin: 'http://evil.example' };
    assert.equal((await server.ask('series', { ...post, headers })).status, 403);
    // A proxy gives the name that it has for this server: Origin and Host differ.
    for (const ours of [{ 'Sec-Fetch-Site': 'same-origin' }, { 'X-DLLogger-Page': '1' }]) {
      const proxied = { ...JSON_BODY, Origin: 'http://gpu-box.lan', ...ours };
      assert.equal((await server.ask('series', { ...post, headers: proxied })).status, 200);
    }
  });

  test('gives its scripts to any page, as they hold no data', async () => {
    const headers = { Host: 'gpu-box.lan', Origin: 'http://gpu-box.lan' };
    assert.equal((await server.ask('dashboard.js', { headers })).status, 200);
  });

  test('answers each metric and run once, and refuses more than a screen could show', async () => {
    const [run] = await server.until((runs) => runs.get('run.json')?.records === RECORDS);
    assert.ok(run);
    const many = Array.from({ length: 50_000 }, () => run.id);
    const charts = await server.charts({ metrics: ['loss', 'loss'], runs: many });
    assert.deepEqual(
      charts.map(({ curves }) => curves.length),
      [1],
    );
    const names = Array.from({ length: 50_000 }, (_, i) => `m${i}`);
    const ids = Array.from({ length: 100_000 }, (_, i) => i);
    await assert.rejects(
      server.charts({ metrics: names, runs: ids }),
      /^Error: 413: these are too many curves at once: ask for fewer metrics, or runs/,
    );
  });

  test('gives points for the charts in view', async () => {
    const [run] = await server.until((runs) => runs.get('run.json')?.records === RECORDS);
    assert.ok(run);
    const [chart, none] = await server.charts({ metrics: ['loss', 'nope'], runs: [run.id, 99] });
    assert.equal(chart?.curves.length, 1);
    assert.deepEqual([...(chart?.curves[0]?.raw.y ?? [])].slice(0, 3), [100, 99, 98]);
    assert.deepEqual(none?.curves, []);
    const [zoomed] = await server.charts({
      ...{ metrics: ['loss'], runs: [run.id], range: [5, 8], smoothing: 0.5 },
    });
    assert.deepEqual([...(zoomed?.curves[0]?.raw.x ?? [])], [4, 5, 6, 7, 8, 9]);
    assert.equal(zoomed?.curves[0]?.smooth?.x.length, 6);
  });

  test('gives the same points of runs that are equal up to where the shorter one ends', async () => {
    const values = (step: number) => ({ loss: (7919 * step) % 101 });
    const runs = [2000, 700].map((iterations) => trainingLog({ epochs: 1, iterations, values }));
    const place = folder();
    const logs = runs.map((text, i) => {
      writeFileSync(join(place, `${i}.json`), text);
      return join(place, `${i}.json`);
    });
    const both = await serveHere({ logs, folders: [] });
    const found = await both.until((all) => all.get('1.json')?.records === 700);
    for (const smoothing of [0, 0.5]) {
      const query = { metrics: ['loss'], runs: found.map(({ id }) => id), buckets: 20, smoothing };
      const [chart] = await both.charts(query);
      const [long, short] = (chart?.curves ?? []).map(({ raw, smooth = raw }) =>
        // The part of the axis that one of 20 buckets has is 100 steps.
        Array.from(smooth.x, (x, i) => [x, smooth.y[i]]).filter(([x = 0]) => x < 599),
      );
      assert.ok(long !== undefined && long.length > 12 && long.length <= 24, `${long?.length}`);
      assert.deepEqual(short, long);
    }
  });

  test('says what is wrong with a query', async () => {
    const good = { axis: 'step', smoothing: 0, buckets: 10, metrics: [], runs: [] };
    const status = async (body: string, headers: Record<string, string> = JSON_BODY) =>
      (await server.ask('series', { method: 'POST', headers, body })).status;
    assert.equal(await status(JSON.stringify(good)), 200);
    assert.equal(await status(JSON.stringify(good), { 'Content-Type': 'text/plain' }), 415);
    assert.equal(await status('{'), 400);
    for (const bad of [
      { axis: 'bananas' },
      { smoothing: 1 },
      { smoothing: '0' },
      { buckets: 0 },
      { buckets: 1e9 },
      { metrics: 'loss' },
      { runs: ['0'] },
      { range: [1] },
      { range: [1, null] },
    ]) {
      assert.equal(await status(JSON.stringify({ ...good, ...bad })), 400, JSON.stringify(bad));
    }
    assert.equal(await status('null'), 400);
    assert.equal(await status(`"${'x'.repeat(2 ** 20)}"`), 413);
  });
});

test('a Host header is accepted only with a name of this server', () => {
  for (const [header, host, isOurs] of [
    ['127.0.0.1:80', '127.0.0.1', true],
    ['192.168.0.7:6161', '0.0.0.0', true],
    ['[fe80::1]:80', '::', true],
    ['gpu-box', 'gpu-box', true],
    ['a.example.org:443', '127.0.0.1', true],
    ['A.B.example.org', '127.0.0.1', true],
    ['example.org', '127.0.0.1', false],
    ['aexample.org', '127.0.0.1', false],
    ['hub.lan', '127.0.0.1', true],
    ['GPU-box:1', 'gpu-box', true],
    ['other-box', 'gpu-box', false],
    ['other-box', '0.0.0.0', false],
    ['user@127.0.0.1', '127.0.0.1', false],
    [undefined, '127.0.0.1', false],
  ] as const) {
    const allowed = ['*.example.org', 'Hub.lan'];
    assert.equal(isOurHost(header, host, allowed), isOurs, `${header} at ${host}`);
  }
});

test('the page gets parameters, metadata and summary as they were logged', async () => {
  const path = join(folder(), 'full.json');
  const parameters = JSON.parse('{"lr": 0.1, "__proto__": "kept", "list": [1, 2]}');
  writeFileSync(
    path,
    trainingLog({ ...training, parameters, metadata: { loss: { unit: 'nat' } } }),
  );
  const { until } = watch({ logs: [path], folders: [] });
  const [run] = await until((runs) => runs.get('full.json')?.records === RECORDS + 1);
  assert.deepEqual(run?.parameters, [
    ['lr', 0.1],
    ['__proto__', 'kept'],
    ['list', [1, 2]],
  ]);
});

describe('serve', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`ends quietly on ${signal}, also while pages listen`, async () => {
      const server = await serve([folder()]);
      const events = server.ask('events').catch(() => 'ended');
      await server.ask('');
      assert.equal(await server.end(signal), 0);
      await events;
      assert.equal(server.stderr(), '');
    });
  }

  test('says that another program has its port', { skip: noTerminal }, async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { stdout, code } = await dlloggerInTerminal(
      ['serve', '--port', `${port}`, folder()],
      80,
      {
        NO_COLOR: '1',
      },
    );
    taken.close();
    assert.equal(code, 2);
    assert.match(stdout, /cannot listen on 127\.0\.0\.1:\d+: another program does/);
  });

  test('warns where others can reach it, and still answers to no foreign name', async () => {
    const server = await serve(['--host', '0.0.0.0', folder()]);
    const { port } = new URL(server.url);
    const ask = async (Host: string) => (await server.ask('', { headers: { Host } })).status;
    assert.equal(await ask(`127.0.0.1:${port}`), 200);
    assert.equal(await ask('evil.example'), 421);
    assert.equal(await server.end(), 0);
    assert.match(
      server.stderr(),
      /^dllogger: anyone who can reach 0\.0\.0\.0:\d+ can read these logs/,
    );
  });

  test('refuses wrong arguments in one line', async () => {
    const place = folder();
    const loop = join(place, 'loop.json');
    const beyondWindows: (readonly [string[], RegExp])[] = [];
    if (process.platform !== 'win32') {
      symlinkSync('loop.json', loop);
      execFileSync('mkfifo', [join(place, 'fifo.json')]);
      beyondWindows.push(
        [[loop], /^dllogger: cannot read ".*loop\.json": .*\(ELOOP\)\n$/],
        [[join(place, 'fifo.json')], /^dllogger: ".*fifo\.json" is a FIFO, not a regular file\n$/],
        [['/dev/zero'], /^dllogger: "\/dev\/zero" is a device, not a regular file\n$/],
      );
    }
    for (const [args, message] of [
      ...beyondWindows,
      [['--host', ''], /^dllogger: --host is empty: leave it out, or give it HOST\n$/],
      [['--allow-host', 'a', '--allow-host='], /--allow-host is empty: leave it out, or give it N/],
      [['--prot', '0'], /^dllogger: Unknown option '--prot', did you mean --port\?; .*\n$/],
      [['nowhere'], /^dllogger: there is no folder or log "nowhere" .*\n$/],
      [['--port', 'x'], /--port takes a whole number from 0 to 65535, not "x"/],
      [['-'], /serve follows files/],
      [['--allow-host', 'http://a'], /--allow-host takes names of hosts, without scheme and port/],
      [['--host', '203.0.113.1', '--port', '0'], /cannot listen on 203\.0\.113\.1:0: /],
    ] as const) {
      const { stderr, code } = await dllogger(['serve', ...args]);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  });

  test('says at once that it may not read a folder', { skip: noOtherUser }, async () => {
    const place = folder();
    chmodSync(place, 0o700);
    chmodSync(dirname(place), 0o755);
    // Perhaps only root may read the package's files: they are loaded before.
    const script = `
      import { main } from '#dist/cli/main.js';
      import '#dist/cli/commands/serve.js';
      process.setgroups([]);
      process.setuid(65534);
      process.exitCode = await main(['serve', '--port', '0', process.argv[1]]);
    `;
    const { code, stdout, stderr } = await runScript(script, { args: [place] });
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^dllogger: cannot read ".*": permission denied \(EACCES\)\n$/);
  });

  test('a folder in which not all can be read is shown, with what cannot be read', {
    skip: noOtherUser,
  }, async () => {
    const place = folder();
    for (const path of [dirname(place), place]) chmodSync(path, 0o755);
    for (const name of ['open', 'closed', 'listed']) mkdirSync(join(place, name));
    for (const name of ['open/a.json', 'closed/b.json', 'listed/c.json', 'd.json']) {
      writeFileSync(join(place, name), log);
    }
    chmodSync(join(place, 'd.json'), 0o600);
    chmodSync(join(place, 'closed'), 0o700);
    // Its names can be seen, and nothing else.
    chmodSync(join(place, 'listed'), 0o744);
    const script = `
      import { main } from '#dist/cli/main.js';
      import '#dist/cli/commands/serve.js';
      process.setgroups([]);
      process.setuid(65534);
      const write = process.stdout.write.bind(process.stdout);
      process.stdout.write = (text, ...rest) => {
        if (String(text).includes(': 1 log')) process.kill(process.pid, 'SIGINT');
        return write(text, ...rest);
      };
      process.exitCode = await main(['serve', '--port', '0', process.argv[1]]);
    `;
    const serving = await runScript(script, { args: [place] });
    assert.deepEqual([serving.code, serving.stderr], [0, '']);
    assert.match(serving.stdout, /: 1 log; 3 paths cannot be read\n$/);
  });
});
