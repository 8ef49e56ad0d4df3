/** `dllogger serve`: the live dashboard in the browser. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, opendirSync, readdirSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname } from 'node:path';
import { nearNames } from '../../base/near.js';
import { plural } from '../../base/plural.js';
import { notRegular, readError, statusOf } from '../../reader/file-reader.js';
import { limitConnections } from '../../serve/connection-limit.js';
import { Dashboard } from '../../serve/dashboard.js';
import { LOG_NAME } from '../../serve/discovery.js';
import { isHostPattern, isLoopback, urlHost } from '../../serve/host.js';
import { createDashboardServer } from '../../serve/http-server.js';
import { ALL_SESSIONS, defineCommand, listOption, numberOption, UsageError } from '../command.js';
import { printable } from '../escape.js';
import { expanded, isFolder } from '../logs.js';
import type { Output } from '../output.js';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 6161;

export const command = defineCommand({
  usage: '[DIR|LOG...]',
  about:
    'A dashboard in the browser that follows growing logs: those named, and all in the folders named ' +
    '(without any: the current folder), also those that appear later. It ends with Ctrl+C.',
  options: {
    port: {
      type: 'string',
      short: 'p',
      value: 'PORT',
      help: `where to listen; 0 for any that is free (default: ${DEFAULT_PORT}, or any if that is taken)`,
    },
    host: {
      type: 'string',
      value: 'HOST',
      help: `the address to listen on (default: ${DEFAULT_HOST}, for this machine only)`,
    },
    'allow-host': {
      type: 'string',
      multiple: true,
      value: 'NAMES',
      help: 'answer by these names too, as a proxy or tunnel has them: gpu-box.lan, *.example.org',
    },
    prefix: {
      type: 'string',
      value: 'PATH',
      help: 'the path that a proxy leaves before those of the dashboard (default: /)',
    },
    open: { type: 'boolean', help: 'open it in the browser (BROWSER, or that of the desktop)' },
    ...ALL_SESSIONS,
  },
  operands: [0, Number.POSITIVE_INFINITY],
  async run({ options, operands, json, output }) {
    const host = options.host ?? DEFAULT_HOST;
    const wanted = numberOption('--port', options.port, DEFAULT_PORT, {
      least: 0,
      most: 65_535,
      integer: true,
    });
    const allowed = listOption(options['allow-host']);
    const wrong = allowed.find((name) => !isHostPattern(name));
    if (wrong !== undefined) {
      throw new UsageError(
        `--allow-host takes names of hosts, without scheme and port, or *.DOMAIN, not "${wrong}"`,
      );
    }
    const prefix = `/${options.prefix ?? ''}/`.replace(/\/+/g, '/');
    const places = operands.length === 0 ? ['.'] : expanded(operands);
    if (places.includes('-')) {
      throw new UsageError('serve follows files; for standard input use plot, or tail');
    }
    const folders = places.filter(isFolder);
    const logs = places.filter((place) => !isFolder(place));
    for (const path of folders) checkFolder(path);
    for (const path of logs) checkName(path);
    const dashboard = new Dashboard({ logs, folders, showsAll: options['all-sessions'] });
    const server = createDashboardServer(dashboard, { host, allowed, prefix });
    limitConnections(server, (most) =>
      output.warn(
        `${plural(most, 'connection is', 'connections are')} open, as many as the limit of open files allows ` +
          '(ulimit -n): others are refused until a page is closed',
      ),
    );
    const end = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
    await listen(server, host, wanted, options.port === undefined);
    const { port } = server.address() as AddressInfo;
    const url = `http://${urlHost(host)}:${port}/`;
    if (json) await output.json({ url, logs, folders });
    else await output.print(`${output.style('bold', url)}  (Ctrl+C ends it)`);
    if (!isLoopback(host)) {
      output.warn(`anyone who can reach ${host}:${port} can read these logs: there is no password`);
    }
    if (options.open) openBrowser(url, output);
    if (!json) void tellFound(dashboard, { logs, folders }, output);
    try {
      await dashboard.watch(end.signal);
    } finally {
      end.abort();
      server.closeAllConnections();
      server.close();
    }
    return 0;
  },
});

/** @param mayMove Whether another port may be taken. */
async function listen(server: Server, host: string, port: number, mayMove: boolean): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' && mayMove) return listen(server, host, 0, false);
    const reason = REASONS.get(code ?? '') ?? String(error);
    throw new UsageError(`cannot listen on ${urlHost(host)}:${port}: ${reason}`);
  }
}

const REASONS = new Map([
  ['EADDRINUSE', 'another program does; choose another with --port, or 0 for any'],
  ['EACCES', 'not allowed; ports from 1024 on are'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['ENOTFOUND', 'there is no such name'],
]);

/** @throws DLLoggerError where a folder cannot be read. */
function checkFolder(path: string): void {
  try {
    opendirSync(path).closeSync();
  } catch (error) {
    throw readError(path, error);
  }
}

/**
 * Checks a path that was named: a log that does not exist yet is waited for, but only under the name of a log; any
 * other name is taken for a typing error.
 *
 * @throws UsageError when there is nothing at the path, and its name is not that of a log.
 * @throws DLLoggerError when the path leads to something other than a regular file, or is a loop of links.
 */
function checkName(path: string): void {
  const status = statusOf(path);
  if (status !== undefined && !status.isFile()) throw notRegular(path, status);
  if (status !== undefined || LOG_NAME.test(path)) return;
  const near = nearNames(basename(path), namesIn(dirname(path))).slice(0, 3);
  const hint = near.length > 0 ? `; did you mean ${near.map(printable).join(' or ')}?` : '';
  throw new UsageError(
    `there is no folder or log "${printable(path)}"${hint} (a log that is to come is waited for if it ends in .json or .log)`,
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Prints which logs there are, and which are waited for. */
async function tellFound(
  dashboard: Dashboard,
  { logs, folders }: { readonly logs: readonly string[]; readonly folders: readonly string[] },
  output: Output,
): Promise<void> {
  for (const path of logs.filter((log) => !existsSync(log))) {
    await output.print(`waiting for ${printable(path)}, which is not there yet`);
  }
  if (folders.length === 0) return;
  await dashboard.looked;
  const { found, notes } = dashboard;
  const where = folders.map(printable).join(', ');
  const what = found === 0 ? 'no log yet, waiting for one' : plural(found, 'log');
  await output.print(`${where}: ${[what, ...notes].join('; ')}`);
}

function openBrowser(url: string, output: Output): void {
  const own = process.env.BROWSER;
  const [program, ...args] =
    own !== undefined && own !== '' ? [own] : (OPENERS[process.platform] ?? ['xdg-open']);
  const child = spawn(program ?? '', [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', ({ message }) => output.warn(`cannot open a browser: ${message}`));
  child.unref();
}

const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};
