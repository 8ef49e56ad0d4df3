import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setImmediate as breathe } from 'node:timers/promises';
import { encodeCharts, PAGE_HEADER } from '../plot/protocol.js';
import { AXES } from '../runs/axis.js';
import { answer, type ChartAnswer, type Query } from '../runs/query.js';
import type { Dashboard } from './dashboard.js';
import { hostName, isOurHost } from './host.js';
import { PROMETHEUS_TYPE, prometheusText } from './prometheus.js';

const PAGE = new URL('../page/', import.meta.url);
const TYPES = new Map([
  ['index.html', 'text/html; charset=utf-8'],
  ['dashboard.js', 'text/javascript; charset=utf-8'],
  ['style.css', 'text/css; charset=utf-8'],
  ['icon.svg', 'image/svg+xml'],
]);

/** The page loads nothing from other servers, and no other page may put it into a frame. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

const MAX_BODY = 1 << 20;
const MAX_BUCKETS = 10_000;
/** Limit on the curves that one query may name. */
const MAX_CURVES = 1_000_000;
/** Limit on the columns of pixels that one query may fill, all curves together: at most 32 bytes each. */
const MAX_COLUMNS = 2 ** 22;
/** Milliseconds between two lines that keep proxies from closing a silent connection. */
const HEARTBEAT_MS = 15_000;

/** An answer other than success, with a message for people. */
class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface ServerOptions {
  /** The address to listen on. */
  readonly host: string;
  /** Further names of the server: `gpu-box.lan`, `*.example.org`. */
  readonly allowed: readonly string[];
  /** The path under which a proxy forwards requests, between slashes; `/` where there is none. */
  readonly prefix: string;
}

/** The dashboard's server: the page, what changes, the points of charts, and the figures that Prometheus scrapes. */
export function createDashboardServer(dashboard: Dashboard, options: ServerOptions): Server {
  return createServer((request, response) => {
    respond(dashboard, options, request, response).catch((error: unknown) => {
      const status = error instanceof HttpError ? error.status : 500;
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const message = error instanceof Error ? error.message : String(error);
      send(response, status, 'text/plain; charset=utf-8', `${message}\n`);
    });
  });
}

async function respond(
  dashboard: Dashboard,
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = pathOf(request.url ?? '/', options.prefix);
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  // Files of the package, the same for every caller: no check of the caller.
  const isAsset = path !== '' && TYPES.has(path);
  if (!isAsset) checkAsker(request, options);
  if (path === 'series') {
    if (request.method !== 'POST') throw new HttpError(405, 'series are asked for by POST');
    const charts = await answerAll(readQuery(await readBody(request)), dashboard);
    send(response, 200, 'application/octet-stream', encodeCharts(charts));
    return;
  }
  if (!isRead) throw new HttpError(405, 'there is nothing to change here');
  if (path === 'events') {
    sendEvents(dashboard, response);
    return;
  }
  if (path === 'metrics') {
    send(response, 200, PROMETHEUS_TYPE, await prometheusText(dashboard.runs()));
    return;
  }
  const file = path === '' ? 'index.html' : path;
  const type = TYPES.get(file);
  if (type === undefined) throw new HttpError(404, 'there is no such page');
  send(response, 200, type, await readFile(new URL(file, PAGE)));
}

/** The path of a request without the prefix, which some proxies leave in place and others remove. */
function pathOf(url: string, prefix: string): string {
  const path = url.replace(/[?#].*$/, '');
  return path.startsWith(prefix) ? path.slice(prefix.length) : path.slice(1);
}

/**
 * Only this server's page may ask, under a name of this server. Behind a proxy the Host header is often the proxy's,
 * so Origin need not agree with it: accepted are a browser's `same-origin`, and a header that pages of other servers
 * may not send without this server's consent.
 */
function checkAsker({ headers }: IncomingMessage, { host, allowed }: ServerOptions): void {
  if (!isOurHost(headers.host, host, allowed)) {
    const name = hostName(headers.host) ?? 'NAME';
    throw new HttpError(
      421,
      `this server does not go by the name "${name}": start it with --allow-host ${name}, or use its address`,
    );
  }
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none';
  const isOurPage = site === 'same-origin' || headers[PAGE_HEADER] !== undefined;
  const isElsewhere = isForeign && headers['sec-fetch-mode'] !== 'navigate';
  if (isElsewhere || (!isOurPage && isOther(origin, headers.host))) {
    throw new HttpError(403, 'other pages may not read this');
  }
}

function isOther(origin: string | undefined, host: string | undefined): boolean {
  return origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
}

/**
 * Between two charts other work goes on: events, and logs that are being read.
 *
 * @throws HttpError where the answer would be larger than any screen.
 */
async function answerAll(query: Query, dashboard: Dashboard): Promise<ChartAnswer[]> {
  const metrics = [...new Set(query.metrics)];
  const runs = [...new Set(query.runs)];
  const tables = runs.flatMap((id) => dashboard.run(id) ?? []);
  const columns = tables.reduce((sum, { records }) => sum + Math.min(records, query.buckets), 0);
  if (metrics.length * runs.length > MAX_CURVES || metrics.length * columns > MAX_COLUMNS) {
    throw new HttpError(413, 'these are too many curves at once: ask for fewer metrics, or runs');
  }
  const charts: ChartAnswer[] = [];
  for (const chart of answer({ ...query, metrics, runs }, (id) => dashboard.run(id))) {
    charts.push(chart);
    await breathe();
  }
  return charts;
}

/** Server-sent events: first everything, then the changes. */
function sendEvents(dashboard: Dashboard, response: ServerResponse): void {
  response.writeHead(200, {
    ...HEADERS,
    'Content-Type': 'text/event-stream',
    // Keeps nginx from holding back events.
    'X-Accel-Buffering': 'no',
  });
  const write = (event: string, update: string) => {
    response.write(`event: ${event}\ndata: ${update}\n\n`);
  };
  let missed = false;
  write('snapshot', dashboard.snapshot());
  const end = dashboard.onUpdate((update) => {
    // A page that has not kept up gets everything at once later.
    if (response.writableNeedDrain) missed = true;
    else if (missed) {
      missed = false;
      write('snapshot', dashboard.snapshot());
    } else write('update', JSON.stringify(update));
  });
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(':\n\n');
  }, HEARTBEAT_MS);
  response.on('close', () => {
    clearInterval(heartbeat);
    end();
  });
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  // A page of another server cannot send this type without asking this server first, which refuses.
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw new HttpError(415, 'the query is to be application/json');
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new HttpError(413, 'the query is too long');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new HttpError(400, 'the query is not JSON');
  }
}

function readQuery(body: unknown): Query {
  const query = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const { smoothing, logarithmic, aligned, buckets, range, metrics, runs } = query;
  const axis = AXES.find((one) => one === query.axis);
  const isFit =
    axis !== undefined &&
    isBetween(smoothing, 0, 0.9999) &&
    (logarithmic === undefined || typeof logarithmic === 'boolean') &&
    (aligned === undefined || typeof aligned === 'boolean') &&
    isBetween(buckets, 1, MAX_BUCKETS) &&
    isList(metrics, 'string') &&
    isList(runs, 'number') &&
    (range === undefined || (isList(range, 'number') && range.length === 2));
  if (!isFit) throw new HttpError(400, 'the query lacks something, or has something wrong in it');
  const [from, to] = range ?? [];
  return {
    axis,
    smoothing,
    ...(logarithmic !== undefined && { logarithmic }),
    ...(aligned !== undefined && { aligned }),
    buckets: Math.ceil(buckets),
    ...(from !== undefined && to !== undefined && { range: [from, to] as const }),
    metrics,
    runs,
  };
}

function isBetween(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}

function isList(value: unknown, type: 'string'): value is string[];
function isList(value: unknown, type: 'number'): value is number[];
function isList(value: unknown, type: string): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Uint8Array,
): void {
  response.writeHead(status, {
    ...HEADERS,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}
