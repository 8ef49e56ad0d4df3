/** `GET /metrics` of `dllogger serve`: what Prometheus scrapes, and from where it may. */
import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { folder } from '../support/dashboard.js';
import { BEGIN, line } from '../support/forward.js';
import { type Client, serveHere } from '../support/serve.js';

const directory = folder();
let server: Client;
before(async () => {
  server = await serveHere({ logs: [], folders: [directory] });
});

test('/metrics has the last value of each metric with its step, and the state of each run', async () => {
  const path = join(directory, 'a "b"\\c.json');
  const lines = [
    line(0, 'PARAMETER', { lr: 0.1 }),
    line(1, [0, 0], { loss: 0.5, 'a\n"b"': 1 }),
    line(2, [0, 1], { loss: 0.25 }),
    'no record\n',
    line(3, [0], { loss: 0.375 }),
    line(4, [1, 0], { loss: 'NAN', big: 'INF' })
      .replace('"NAN"', 'NaN')
      .replace('"INF"', '-Infinity'),
  ];
  writeFileSync(path, lines.join(''));
  await server.until((runs) => [...runs.values()].some(({ records }) => records === 5));
  const { status, headers, body } = await server.ask('metrics');
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  const run = 'run="a \\"b\\"\\\\c.json"';
  const samples = body
    .toString()
    .split('\n')
    .filter((sample) => !sample.startsWith('#'));
  assert.deepEqual(samples, [
    `dllogger_metric_value{${run},metric="loss",depth="2"} NaN`,
    `dllogger_metric_value{${run},metric="loss",depth="1"} 0.375`,
    `dllogger_metric_value{${run},metric="a\\n\\"b\\"",depth="2"} 1`,
    `dllogger_metric_value{${run},metric="big",depth="2"} -Inf`,
    `dllogger_metric_step{${run},metric="loss",depth="2"} 2`,
    `dllogger_metric_step{${run},metric="loss",depth="1"} 1`,
    `dllogger_metric_step{${run},metric="a\\n\\"b\\"",depth="2"} 0`,
    `dllogger_metric_step{${run},metric="big",depth="2"} 2`,
    `dllogger_records_total{${run}} 5`,
    `dllogger_last_record_timestamp_seconds{${run}} ${BEGIN + 4}`,
    `dllogger_run_finished{${run}} 0`,
    `dllogger_problems_total{${run}} 1`,
    '',
  ]);
  appendFileSync(path, line(5, [], { loss: 0.5 }));
  await server.until((runs) => [...runs.values()].some(({ records }) => records === 6));
  assert.match((await server.ask('metrics')).body.toString(), /^dllogger_run_finished\{.*\} 1$/m);
});

test('/metrics is guarded like all other answers', async () => {
  const { port } = new URL(server.url);
  const head = await server.ask('metrics', { method: 'HEAD' });
  assert.deepEqual([head.status, head.body.length], [200, 0]);
  const foreign = { Host: `evil.example:${port}` };
  assert.equal((await server.ask('metrics', { headers: foreign })).status, 421);
  const page = { Origin: 'http://evil.example' };
  assert.equal((await server.ask('metrics', { headers: page })).status, 403);
  assert.equal((await server.ask('metrics', { method: 'POST' })).status, 405);
});
