/** Every way in which a process can end: each record that log() took is in the file, without any call by the user. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestOptions, test } from 'node:test';
import { implementation } from 'dllogger';
import { isLong, times } from '../support/long.js';
import { readRecords, run, runScript, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
let files = 0;

/** More than the ring holds at a time. */
const MANY = times(15_000, 20_000);
/** Fewer, for ends at which only the records that wait in the ring matter. */
const RECORDS = times(2000, 20_000);

/** Variants of an end that another test has, and ends at which no record of TypeScript waits. */
const ONLY_LONG = { skip: isLong ? false : 'npm run test:long has it: a variant of another end' };
const OF_A_RING = {
  skip:
    implementation === 'native' || isLong
      ? false
      : 'npm run test:long has it: TypeScript writes a record before log() returns',
};

const logMany = (records: number) => `
  import { JSONStreamBackend, Logger } from 'dllogger';
  const logger = new Logger([new JSONStreamBackend(1, process.argv[1])]);
  logger.metadata('loss', { unit: 'nat' });
  for (let i = 0; i < ${records}; i++) logger.log([i], { loss: i / 7, name: 'record ' + i });
`;

async function endsWith(script: string, code: number, records: number): Promise<void> {
  const path = join(directory, `${files++}.json`);
  const result = await runScript(script, { args: [path] });
  assert.equal(result.code, code, result.stderr);
  assertSteps(path, records);
}

function assertSteps(path: string, records: number): void {
  const steps = readRecords(path)
    .filter((record) => record.type === 'LOG')
    .map((record) => record.step);
  assert.equal(JSON.stringify(steps), JSON.stringify(firstSteps(records)));
}

function firstSteps(count: number): unknown[] {
  return Array.from({ length: count }, (_, index) => [index]);
}

const ENDINGS: readonly [name: string, code: number, script: string, options?: TestOptions][] = [
  ['process.exit()', 0, 'process.exit(0);', ONLY_LONG],
  ['process.exit() in a later tick', 3, 'setImmediate(() => process.exit(3));', ONLY_LONG],
  ['process.reallyExit()', 4, 'process.reallyExit(4);'],
  ['an uncaught throw', 1, 'throw new Error("the loss is NaN");', OF_A_RING],
  [
    'an uncaught throw in a timer',
    1,
    'setTimeout(() => { throw new Error("late"); }, 1);',
    ONLY_LONG,
  ],
  ['an unhandled rejection', 1, 'Promise.reject(new Error("the data set is gone"));', OF_A_RING],
  ['process.exitCode', 5, 'process.exitCode = 5;', ONLY_LONG],
];

test('the natural end saves every record', () => endsWith(logMany(MANY), 0, MANY));

for (const [name, code, ending, options] of ENDINGS) {
  test(`${name} saves every record`, options, () =>
    endsWith(logMany(RECORDS) + ending, code, RECORDS),
  );
}

test('a record logged in an exit listener is saved, also after a listener that came earlier', () =>
  endsWith(
    `${logMany(RECORDS)}
    process.on('exit', () => logger.log([${RECORDS}], {}));
    process.on('exit', () => logger.log([${RECORDS + 1}], {}));
    process.exit(0);`,
    0,
    RECORDS + 2,
  ));

test('exit in the same tick as construction saves what was logged, and leaves a log without a record empty', async () => {
  const empty = join(directory, 'empty.json');
  await endsWith(
    `import { JSONStreamBackend, Logger } from 'dllogger';
    new JSONStreamBackend(1, ${JSON.stringify(empty)});
    new Logger([new JSONStreamBackend(1, process.argv[1])]).log([0], {});
    process.exit(0);`,
    0,
    1,
  );
  assert.deepEqual(readRecords(empty), []);
});

test('an open logger that is reachable does not keep the process alive', ONLY_LONG, () =>
  endsWith(
    `import { JSONStreamBackend, Logger } from 'dllogger';
    globalThis.logger = new Logger([new JSONStreamBackend(1, process.argv[1])]);
    globalThis.logger.log([0], {});`,
    0,
    1,
  ),
);

/** The code of a worker that logs to the path of its data, and ends so. */
const workerBody = (ending: string, records = RECORDS) => `
  import('dllogger').then(({ JSONStreamBackend, Logger }) => {
    const { workerData, parentPort } = require('node:worker_threads');
    const logger = new Logger([new JSONStreamBackend(1, workerData)]);
    for (let i = 0; i < ${records}; i++) logger.log([i], { loss: i / 7 });
    ${ending}
  });`;

const IDLE = 'parentPort.postMessage("logged"); setInterval(() => {}, 1000);';
const WORKER_ENDS: [ending: string, records: number][] = [
  ['', MANY],
  [IDLE, RECORDS],
];
if (!OF_A_RING.skip) {
  WORKER_ENDS.push(['process.exit(0);', RECORDS], ['throw new Error("it fails");', RECORDS]);
}

// The process does not load the package itself: each worker loads the binary again.
test('workers that end, are terminated while idle, call process.exit() or throw save every record', async () => {
  const logs = WORKER_ENDS.map(([ending, records]) => ({
    path: join(directory, `${files++}.json`),
    body: workerBody(ending, records),
  }));
  const script = `
    import { Worker } from 'node:worker_threads';
    for (const { path, body } of JSON.parse(process.argv[1])) {
      const worker = new Worker(body, { eval: true, execArgv: [], workerData: path });
      worker.on('error', () => {});
      worker.once('message', () => worker.terminate());
      await new Promise((resolve) => worker.on('exit', resolve));
    }`;
  const result = await runScript(script, { args: [JSON.stringify(logs)] });
  assert.equal(result.code, 0, result.stderr);
  for (const [index, [, records]] of WORKER_ENDS.entries()) {
    assertSteps(logs[index]?.path ?? '', records);
  }
});

test('a worker that lives when the main thread exits saves every record', ONLY_LONG, () =>
  endsWith(
    `
    import { Worker } from 'node:worker_threads';
    const options = { eval: true, execArgv: [], workerData: process.argv[1] };
    const worker = new Worker(${JSON.stringify(workerBody(IDLE))}, options);
    worker.once("message", () => process.exit(0));`,
    0,
    RECORDS,
  ),
);

const CUTS: readonly [name: string, ending: string, options?: TestOptions][] = [
  ['is terminated', 'await worker.terminate();'],
  ['lives when the main thread exits', 'process.exit(0);', OF_A_RING],
  ['lives when the main thread throws', 'throw new Error("main");', ONLY_LONG],
];

for (const [name, ending, options] of CUTS) {
  test(
    `a worker that ${name} in the middle of a loop saves every record it logged`,
    options,
    async () => {
      const path = join(directory, `${files++}.json`);
      const body = `
      import('dllogger').then(({ JSONStreamBackend, Logger }) => {
        const { workerData } = require('node:worker_threads');
        const logger = new Logger([new JSONStreamBackend(1, workerData.path)]);
        const taken = new Int32Array(workerData.taken);
        for (let i = 0; ; i++) {
          logger.log([i], { loss: i / 7 });
          Atomics.store(taken, 0, i + 1);
        }
      });`;
      const script = `
      import { Worker } from 'node:worker_threads';
      const taken = new SharedArrayBuffer(4);
      const workerData = { path: process.argv[1], taken };
      const worker = new Worker(${JSON.stringify(body)}, { eval: true, execArgv: [], workerData });
      const counter = new Int32Array(taken);
      const sleep = () => new Promise((resolve) => setTimeout(resolve, 1));
      while (Atomics.load(counter, 0) < 5000) await sleep();
      console.log(Atomics.load(counter, 0));
      ${ending}
    `;
      const result = await runScript(script, { args: [path] });
      const taken = Number(result.stdout);
      const steps = readRecords(path).map((record) => record.step);
      assert.ok(taken >= 5000 && steps.length >= taken, `${steps.length} of ${taken}`);
      assert.equal(JSON.stringify(steps), JSON.stringify(firstSteps(steps.length)));
    },
  );
}

const WAITS: readonly [name: string, ending: string, wait: string, options?: TestOptions][] = [
  ['terminated', 'await worker.terminate();', ''],
  ['left by process.exit()', 'process.exit(0);', '', ONLY_LONG],
  ['left in flush()', 'process.exit(0);', 'logger.flush();'],
];

const FIFO = {
  skip:
    implementation === 'native' && process.platform === 'linux'
      ? false
      : 'tests a writer thread that hangs at a pipe without a reader',
};

describe('a worker that waits for a log that hangs', { concurrency: true }, () => {
  for (const [name, ending, wait, options] of WAITS) {
    test(`can be ${name}`, FIFO.skip ? FIFO : (options ?? FIFO), async () => {
      const path = join(directory, `${files++}.fifo`);
      assert.equal((await run('mkfifo', [path])).code, 0);
      const body = `
      const { workerData, parentPort } = require('node:worker_threads');
      const reader = require('node:fs').openSync(workerData, 'r+');
      import('dllogger').then(({ JSONStreamBackend, Logger }) => {
        const logger = new Logger([new JSONStreamBackend(1, workerData)]);
        for (let i = 0; i < 2000; i++) logger.log([i], { loss: i / 7 });
        parentPort.postMessage('logged');
        ${wait}
        for (let i = 0; ; i++) logger.log([i], { loss: i / 7 });
      });`;
      const script = `
      import { once } from 'node:events';
      import { Worker } from 'node:worker_threads';
      const options = { eval: true, execArgv: [], workerData: process.argv[1] };
      const worker = new Worker(${JSON.stringify(body)}, options);
      await once(worker, 'message');
      await new Promise((resolve) => setTimeout(resolve, 200));
      ${ending}
    `;
      const result = await runScript(script, { args: [path] });
      assert.match(
        result.stderr,
        /^dllogger: \d+ records are not saved: cannot write log ".*\.fifo": /m,
      );
    });
  }
});

const GENERATIONS = 20;

test(
  'workers that append in turn, in a process that does not load the package itself, save every record',
  ONLY_LONG,
  async () => {
    const path = join(directory, 'generations.json');
    const body = `
    import('dllogger').then(({ JSONStreamBackend, Logger }) => {
      const { workerData } = require('node:worker_threads');
      const options = { append: true };
      const logger = new Logger([new JSONStreamBackend(1, workerData.path, options)]);
      for (let i = 0; i < 100; i++) logger.log([workerData.generation, i], {});
    });`;
    const script = `
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    for (let generation = 0; generation < ${GENERATIONS}; generation++) {
      const workerData = { path: process.argv[1], generation };
      await once(new Worker(${JSON.stringify(body)}, { eval: true, execArgv: [], workerData }), 'exit');
    }
  `;
    const result = await runScript(script, { args: [path] });
    assert.equal(result.code, 0, result.stderr);
    assert.equal(readRecords(path).length, GENERATIONS * 100);
  },
);
