/** What is sent to an MLflow server: over HTTP, to a server that stores it and to servers that fail. */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { implementation, JSONStreamBackend, Logger } from 'dllogger';
import { eventFiles } from '../support/event-files.js';
import { BEGIN, forwardAll, line, logOf, longLog, metadataLine } from '../support/forward.js';
import { killedRun, RECORDS } from '../support/killed-run.js';
import { newPath } from '../support/log.js';
import { FakeMlflow, type Fault } from '../support/mlflow.js';

process.env.MLFLOW_TRACKING_TOKEN = 'a-secret';

/** A name longer than the server takes. */
const LONG = 'x'.repeat(300);

const FAULTS: Readonly<Record<string, readonly [Fault, RegExp]>> = {
  'refuses access': [
    (response) => {
      response.writeHead(401).end('no');
      return true;
    },
    /refuses access \(401\): set MLFLOW_TRACKING_TOKEN/,
  ],
  'answers 500': [
    (response) => {
      response.writeHead(500).end('<html>\nfailed');
      return true;
    },
    /answered 500 to experiments\/get-by-name: "<html>"/,
  ],
  'answers with a page': [
    (response) => {
      response.end('<html>hello</html>');
      return true;
    },
    /is that an MLflow server\?/,
  ],
  'answers with other JSON': [
    (response) => {
      response.end('{"hello": 1}');
      return true;
    },
    /does not answer as MLflow does/,
  ],
};

/**
 * Checks the error for a server with a fault, and that the files for TensorBoard are written nevertheless.
 *
 * @param timeout How many seconds a request may take.
 */
async function assertReported(
  log: string,
  name: string,
  [fault, message]: readonly [Fault, RegExp],
  timeout?: string,
) {
  const server = await FakeMlflow.start();
  server.fault = fault;
  const tensorboard = newPath();
  // The variable is read when the target is opened.
  if (timeout !== undefined) process.env.MLFLOW_HTTP_REQUEST_TIMEOUT = timeout;
  const forwarding = forwardAll([log], { tensorboard, mlflow: { url: server.url } });
  delete process.env.MLFLOW_HTTP_REQUEST_TIMEOUT;
  const states = await forwarding;
  const [files, sent] = states;
  assert.equal(files?.error, undefined, name);
  assert.equal(eventFiles(tensorboard).length, 4, name);
  assert.match(sent?.error ?? '', message, name);
  assert.equal(sent?.sent, 0, name);
  assert.ok(!JSON.stringify(states).includes('a-secret'), name);
}

// At once, since most tests wait for the next try after a request that failed.
describe('MLflow', { concurrency: true }, () => {
  test('metrics, parameters and tags of a log are in one run, once, and the run has ended', async () => {
    const server = await FakeMlflow.start();
    const log = logOf(
      line(0, 'PARAMETER', { lr: 0.1, deep: { a: [1, 2] } }),
      line(0, 'ENVIRONMENT', { gpu: 'A' }),
      metadataLine(0, 'loss', { unit: 'nat' }),
      line(1, [0, 0], { loss: 0.5 }),
      line(2, [0, 7], { loss: 0.25 }),
      line(3, [0], {
        loss: 0.25,
        'a//b': Number.NaN,
        'a/b': 1,
        [LONG]: 1,
        none: null,
        word: 'x',
      }).replace('"a//b":null', '"a//b":NaN'),
    );
    const mlflow = { url: server.url };
    const [first] = await forwardAll([log], { mlflow });
    assert.equal(first?.error, undefined);
    assert.equal(first?.sent, 4 + 2 + 2);
    assert.deepEqual(first?.skipped, {
      'records of other depths': 2,
      'values that are null': 1,
      'values that are text': 1,
    });
    const [run] = server.runs;
    assert.equal(run?.status, 'RUNNING');
    assert.deepEqual(
      run?.params,
      new Map([
        ['lr', '0.1'],
        ['deep.a', '[1,2]'],
      ]),
    );
    assert.equal(run?.tags.get('environment.gpu'), 'A');
    assert.equal(run?.tags.get('metadata.loss'), '{"unit":"nat"}');
    assert.deepEqual(run?.metrics[0], {
      ...{ key: 'epoch/loss', value: 0.25, timestamp: (BEGIN + 3) * 1000, step: 7 },
    });
    const names = run?.metrics.map(({ key }) => key) ?? [];
    assert.equal(new Set(names).size, 4, `${names}`);
    for (const name of names) assert.ok(name.length <= 250, name);
    assert.equal(run?.metrics[1]?.value, 'NaN');

    appendFileSync(log, line(4, [1], { loss: 0.125 }) + line(5, [], { loss: 0.125 }));
    const [second] = await forwardAll([log], { mlflow });
    assert.equal(second?.sent, 8 + 2);
    await forwardAll([log], { mlflow });
    assert.equal(server.runs.length, 1);
    assert.equal(run?.metrics.length, 6);
    assert.equal(run?.status, 'FINISHED');
  });

  test('a log of which other metrics are forwarded is another run; each continues', async () => {
    const server = await FakeMlflow.start();
    const mlflow = { url: server.url };
    const log = logOf(
      line(0, 'PARAMETER', { lr: 0.1 }),
      metadataLine(0, 'speed', { unit: 'img/s' }),
      line(1, [0], { loss: 0.5, speed: 1 }),
    );
    const metrics = { key: 'loss', wants: (metric: string) => metric === 'loss' };
    await forwardAll([log], { mlflow }, { metrics });
    await forwardAll([log], { mlflow });
    appendFileSync(log, line(2, [1], { loss: 0.25, speed: 2 }));
    await forwardAll([log], { mlflow }, { metrics });
    const [some, all] = server.runs;
    assert.equal(server.runs.length, 2);
    assert.deepEqual([some?.params.get('lr'), some?.tags.has('metadata.speed')], ['0.1', false]);
    const keys = (run: typeof some) => run?.metrics.map(({ key }) => key);
    assert.deepEqual(keys(some), ['epoch/loss', 'epoch/loss']);
    assert.deepEqual(keys(all), ['epoch/loss', 'epoch/speed']);
  });

  test('a killed run is KILLED, with the records of its ring, and RUNNING once it continues', {
    skip: implementation === 'native' ? false : 'only the native implementation has rings',
  }, async (context) => {
    const { path, ring } = await killedRun();
    if (ring === '') return context.skip('this file system allows no ring file');
    const server = await FakeMlflow.start();
    const mlflow = { url: server.url, depth: 'all' } as const;
    await forwardAll([path], { mlflow });
    assert.equal(server.runs[0]?.status, 'KILLED');
    assert.equal(server.runs[0]?.metrics.length, RECORDS);
    const backend = new JSONStreamBackend(1, path, { append: true });
    const logger = new Logger([backend]);
    logger.log([0, RECORDS], { loss: 0 });
    logger.flush();
    await forwardAll([path], { mlflow });
    assert.equal(server.runs[0]?.status, 'RUNNING');
    assert.equal(server.runs[0]?.metrics.length, RECORDS + 1);
    logger.log([], { loss: 0 });
    backend.close();
    await forwardAll([path], { mlflow });
    assert.equal(server.runs[0]?.status, 'FINISHED');
    assert.equal(server.runs.length, 1);
  });

  test('requests keep to the limits; a server that fails in between has everything once', async () => {
    const server = await FakeMlflow.start();
    let asked = 0;
    // Every fourth request fails before the server has it.
    server.fault = (response) => {
      if (asked++ % 4 !== 3) return false;
      response.statusCode = 503;
      response.end('busy');
      return true;
    };
    const log = longLog(2, 1500);
    const [state] = await forwardAll([log], { mlflow: { url: server.url, depth: 'all' } });
    assert.equal(state?.error, undefined);
    assert.equal(server.runs[0]?.metrics.length, 2 * 1500 * 3 + 2 + 2 + 1);
    assert.equal(state?.sent, 2 * 1500 * 3 + 5 + 2);
    for (const size of server.batches) assert.ok(size < 1000, `${size}`);
    // A second forwarding adds nothing.
    const [again] = await forwardAll([log], { mlflow: { url: server.url, depth: 'all' } });
    assert.equal(again?.sent, state?.sent);
    assert.equal(server.runs[0]?.metrics.length, 2 * 1500 * 3 + 2 + 2 + 1);
    const once = new Set(server.runs[0]?.metrics.map(({ key, step }) => `${key} ${step}`));
    assert.equal(once.size, server.runs[0]?.metrics.length);
  });

  test('a server that fails is reported in one line; other targets are unharmed', async () => {
    const log = longLog(1, 3);
    const cases = Object.entries(FAULTS).map(([name, fault]) => assertReported(log, name, fault));
    const refused = async () => {
      const [sent] = await forwardAll([log], { mlflow: { url: 'http://127.0.0.1:1' } });
      assert.match(sent?.error ?? '', /^http:\/\/127\.0\.0\.1:1: /);
    };
    await Promise.all([...cases, refused()]);
  });

  test('a server that does not answer is reported in one line, too', async () => {
    const fault = [() => true, /does not answer within 0\.3 s/] as const;
    await assertReported(longLog(1, 3), 'hangs', fault, '0.3');
  });
});
