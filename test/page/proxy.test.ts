/** The dashboard behind real proxies, with the lines that docs/READING.md gives, in a real browser. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { noBrowser, open } from '../support/browser.js';
import { cards, drawn, folder, run } from '../support/dashboard.js';
import { isLong } from '../support/long.js';
import { ROOT, temporaryDirectory } from '../support/run.js';
import { serve } from '../support/serve.js';

const root = temporaryDirectory();
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** Why a proxy is not tested; false where it is. */
function noProxy(program: string): false | string {
  if (noBrowser !== false) return noBrowser;
  const { error } = spawnSync(program, ['-v']);
  return error === undefined ? false : `${program} is not installed (apt-get install ${program})`;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    assert.equal(child.exitCode, null, 'the proxy has ended');
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await sleep(20);
  }
}

function start(program: string, args: readonly string[], directory: string): ChildProcess {
  const child = spawn(program, args, {
    stdio: 'ignore',
    env: { ...process.env, HOME: directory, XDG_CONFIG_HOME: directory, XDG_DATA_HOME: directory },
  });
  children.push(child);
  return child;
}

/** The lines that the documentation gives for a proxy, for another port. */
function documented(language: string, upstream: string): string {
  const page = readFileSync(join(ROOT, 'docs', 'READING.md'), 'utf8');
  const lines = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(page)?.[1];
  assert.ok(lines !== undefined);
  assert.ok(lines.includes('127.0.0.1:6161'));
  return lines.replace('127.0.0.1:6161', upstream);
}

async function startNginx(location: string): Promise<number> {
  const directory = mkdtempSync(join(root, 'nginx-'));
  const port = await freePort();
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/${name};`)
    .join('\n');
  writeFileSync(
    join(directory, 'nginx.conf'),
    // Without a master, whose workers would outlive it when it is killed.
    `daemon off; master_process off; pid ${directory}/pid; error_log ${directory}/error.log;
     events {}
     http { access_log off; ${paths} server { listen 127.0.0.1:${port}; ${location} } }`,
  );
  const args = ['-p', directory, '-e', join(directory, 'error.log'), '-c', 'nginx.conf'];
  await listening(port, start('nginx', args, directory));
  return port;
}

async function startCaddy(handle: string): Promise<number> {
  const directory = mkdtempSync(join(root, 'caddy-'));
  const port = await freePort();
  const file = join(directory, 'Caddyfile');
  writeFileSync(file, `{\n admin off\n}\nhttp://:${port} {\n${handle}}\n`);
  const args = ['run', '--config', file, '--adapter', 'caddyfile'];
  await listening(port, start('caddy', args, directory));
  return port;
}

/** What a user sees behind a proxy: the charts, that the page is live, and no fault. */
async function assertShown(url: string): Promise<void> {
  const { page, faults } = await open(url);
  await drawn(page, 'loss');
  assert.ok((await cards(page)).includes('val.loss'));
  assert.match(await page.locator('.connection').innerText(), /connected/);
  // Chromium reports for every site without TLS that it ignores this header there.
  assert.deepEqual(
    faults.filter((fault) => !fault.startsWith('The Cross-Origin-Opener-Policy header')),
    [],
  );
  await page.close();
}

const servers = new Map<string, Promise<string>>();

/** The address of a server with these options. Tests with the same options share it. */
function served(...options: readonly string[]): Promise<string> {
  const key = options.join(' ');
  const known = servers.get(key);
  if (known !== undefined) return known;
  const directory = folder();
  writeFileSync(join(directory, 'run-1.json'), run(1));
  const started = serve([...options, directory]).then(({ url }) => new URL(url).host);
  servers.set(key, started);
  return started;
}

/** What a proxy answers to a browser that asked for this host. */
async function textAt(host: string, port: number): Promise<string> {
  const request = get({ port, path: '/dllogger/', headers: { Host: `${host}:${port}` } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return text(response);
}

describe('the dashboard behind nginx', { skip: noProxy('nginx'), concurrency: true }, () => {
  test('with the documented lines, by each name of the machine', async () => {
    const port = await startNginx(documented('nginx', await served()));
    // The browser tells only hosts that it trusts, such as localhost, from which page a request comes.
    for (const host of isLong ? ['localhost', 'gpu-box.lan'] : ['gpu-box.lan']) {
      await assertShown(`http://${host}:${port}/dllogger/`);
    }
  });

  test('with a path that nginx does not remove', async () => {
    const lines = documented('nginx', await served('--prefix', 'dllogger'));
    const port = await startNginx(lines.replace('/;', ';'));
    await assertShown(`http://localhost:${port}/dllogger/`);
  });

  test('with the name that the browser asked for', async () => {
    const lines = (upstream: string) =>
      documented('nginx', upstream).replace('}', 'proxy_set_header Host $http_host; }');
    const refused = await startNginx(lines(await served()));
    assert.match(await textAt('gpu-box.lan', refused), /start it with --allow-host gpu-box\.lan/);
    const port = await startNginx(lines(await served('--allow-host', '*.lan')));
    await assertShown(`http://gpu-box.lan:${port}/dllogger/`);
  });
});

describe('the dashboard behind Caddy', { skip: noProxy('caddy') }, () => {
  test('with the documented lines', async () => {
    const upstream = await served('--allow-host', '*.lan');
    const port = await startCaddy(documented('caddyfile', upstream));
    await assertShown(`http://gpu-box.lan:${port}/dllogger/`);
  });
});
