/** A disk that fails: training continues, flush() throws, and waiting records are written once the fault is over. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { implementation, recover } from 'dllogger';
import { times } from '../support/long.js';
import { readRecords, run, runScript, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();

/** Until `heal()`, no file may grow beyond 16 KiB: the system refuses writes in the middle of a line. */
const LIMITED = `
  import { execFileSync } from 'node:child_process';
  import { JSONStreamBackend, Logger } from 'dllogger';
  process.on('SIGXFSZ', () => {});
  const limit = (size) =>
    execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=' + size + ':unlimited']);
  const backend = new JSONStreamBackend(1, process.argv[1]);
  const logger = new Logger([backend]);
  limit(16384);
  const heal = () => limit('unlimited');
  const failure = (action) => {
    try {
      action();
      return 'none';
    } catch (error) {
      return [error.name, error.code, error.syscall, error.path === process.argv[1]].join(' ');
    }
  };
  const caught = (action) => {
    try {
      action();
    } catch (error) {
      return error;
    }
  };
`;

async function limited(script: string, path: string) {
  const args = ['--input-type=module', '-e', LIMITED + script, '--', path];
  return run(process.execPath, args);
}

const PRLIMIT = { skip: process.platform === 'linux' ? false : 'limits a file by prlimit' };

test(
  'log() does not throw, flush() does as long as the fault lasts, and nothing is lost',
  PRLIMIT,
  async () => {
    const path = join(directory, 'heals.json');
    const script = `
    for (let i = 0; i < 500; i++) logger.log([i], { loss: i });
    console.log(failure(() => logger.flush()));
    console.log(failure(() => logger.flush()));
    console.log(failure(() => logger.close()));
    for (let i = 500; i < 600; i++) logger.log([i], { loss: i });
    heal();
    console.log(failure(() => logger.flush()));
    logger.log([600], {});
    console.log(failure(() => logger.close()));
  `;
    const result = await limited(script, path);
    const fault = 'DLLoggerError EFBIG write true';
    assert.equal(
      result.stdout,
      [fault, fault, fault, 'none', 'none', ''].join('\n'),
      result.stderr,
    );
    const steps = readRecords(path).map((record) => record.step);
    assert.deepEqual(
      steps,
      Array.from({ length: 601 }, (_, index) => [index]),
    );
  },
);

/** More than fit into memory. */
const LOGGED = times(40_000, 100_000);

test(
  'a fault that lasts drops whole records that find no room, with one warning',
  PRLIMIT,
  async () => {
    const path = join(directory, 'full.json');
    const script = `
    for (let i = 0; i < ${LOGGED}; i++) logger.log([i], { loss: i });
    const told = caught(() => logger.flush());
    const before = backend.stats();
    heal();
    logger.flush();
    const { records, unsaved, dropped, bytes, lastError } = backend.stats();
    console.log(JSON.stringify({
      sum: records + dropped, unsaved, dropped, bytes, code: lastError.code,
      waiting: told.unsaved === before.unsaved && told.unsaved > 0,
      lost: told.dropped === dropped,
      now: lastError.unsaved === 0 && lastError.dropped === dropped,
      after: lastError.message.endsWith('(EFBIG); ' + dropped + ' records were dropped'),
      words: told.message.includes(told.unsaved + ' records wait in memory, ' + dropped + ' were'),
    }));
    logger.log(['healed'], {});
  `;
    const result = await limited(script, path);
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.stderr.match(/Warning: /g)?.length, 1, result.stderr);
    const warning =
      /Warning: cannot write log .*\(EFBIG\).*; rename the log and reopen\(\) it, or .* prlimit --fsize=unlimited --pid \d+,/g;
    assert.equal(result.stderr.match(warning)?.length, 1, result.stderr);
    const { dropped, bytes, ...rest } = JSON.parse(result.stdout) as Record<string, number>;
    assert.deepEqual(rest, {
      sum: LOGGED,
      unsaved: 0,
      code: 'EFBIG',
      waiting: true,
      lost: true,
      now: true,
      after: true,
      words: true,
    });
    // At the end the lost records are reported once more.
    assert.ok(result.stderr.includes(`dllogger: ${dropped} records were dropped while log`));
    assert.equal(readRecords(path).length, LOGGED - (dropped ?? 0) + 1);
    assert.ok((bytes ?? 0) > 16384 && (bytes ?? 0) < statSync(path).size);
    const steps = readRecords(path).map((record) => (record.step as unknown[])[0]);
    assert.equal(steps.pop(), 'healed');
    // The records in the file are in order, each once.
    assert.ok(steps.length > 1000 && steps.length < LOGGED);
    for (let i = 1; i < steps.length; i++) assert.ok(Number(steps[i]) > Number(steps[i - 1]));
  },
);

test(
  'each time that writing begins to fail is reported once, as soon as the event loop turns',
  PRLIMIT,
  async () => {
    const path = join(directory, 'incidents.json');
    const script = `
    const codes = [];
    process.on('warning', (warning) => codes.push(warning.code));
    const parent = process.ppid;
    const turn = () => new Promise((resolve) => setTimeout(resolve, 100));
    for (let incident = 0; incident < 3; incident++) {
      for (let i = 0; i < 200; i++) {
        logger.log([incident, i], { loss: i });
        if (i % 50 === 0) await turn();
      }
      // The first report may take its time; a second one of the same incident would follow it.
      while (codes.length <= incident && process.ppid === parent) await turn();
      await turn();
      console.log(codes.join());
      heal();
      logger.flush();
      limit(16384);
    }
    heal();
  `;
    const result = await limited(script, path);
    assert.equal(result.stdout, 'EFBIG\nEFBIG,EFBIG\nEFBIG,EFBIG,EFBIG\n', result.stderr);
    assert.equal(readRecords(path).length, 600);
  },
);

test(
  'a fault at the end of the process delays the end for some seconds, and is reported',
  PRLIMIT,
  async () => {
    const path = join(directory, 'lost.json');
    const script = `
    for (let i = 0; i < 500; i++) logger.log([i], { loss: i });
  `;
    const result = await limited(script, path);
    const saved = readRecords(path).length;
    assert.ok(saved > 50 && saved < 500);
    const words = `dllogger: ${500 - saved} records are not saved: cannot write log "${path}": file too`;
    const lines = result.stderr.toLowerCase().split('\n');
    assert.equal(
      lines.filter((line) => line.startsWith(words.toLowerCase())).length,
      1,
      result.stderr,
    );
    // What waited in memory waits no more.
    const last = lines.find((line) => line.startsWith('dllogger: '));
    assert.doesNotMatch(last ?? '', /wait/);
    if (implementation === 'typescript' || process.platform !== 'linux') return;
    assert.match(result.stderr, /kept beside it until it is opened for appending, or recovered/);
    assert.equal(recover(path).records, 500 - saved);
    assert.equal(readRecords(path).length, 500);
  },
);

/** More than fit into the pipe, and into the ring of the native implementation. */
const RECORDS = implementation === 'native' ? 30_000 : 5000;

const PIPES = { skip: process.platform === 'win32' ? 'makes a named pipe' : false };

test(
  'a reader that is slow makes log() wait, which is counted, and loses nothing',
  PIPES,
  async () => {
    const pipe = join(directory, 'slow.pipe');
    assert.equal((await run('mkfifo', [pipe])).code, 0);
    const reading = run('sh', ['-c', 'exec < "$0"; sleep 1; exec wc -l', pipe]);
    const script = `
    import { JSONStreamBackend, Logger } from 'dllogger';
    const backend = new JSONStreamBackend(1, process.argv[1]);
    const logger = new Logger([backend]);
    for (let i = 0; i < ${RECORDS}; i++) logger.log([i], { loss: i });
    const { waits, dropped, records } = backend.stats();
    console.log(waits > 0, dropped, records);
  `;
    const result = await runScript(script, { args: [pipe] });
    // The TypeScript implementation always waits, in the write itself.
    assert.equal(result.stdout, `${implementation === 'native'} 0 ${RECORDS}\n`, result.stderr);
    assert.equal((await reading).stdout.trim(), `${RECORDS}`);
  },
);
