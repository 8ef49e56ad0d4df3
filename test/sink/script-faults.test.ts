/** System calls that fail under the TypeScript implementation. injected.test has those of the native one. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { implementation } from 'dllogger';
import { openLog } from '../support/log.js';
import { compileLibrary } from '../support/preload.js';
import { readRecords, runScript, TOLD, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
const SCRIPT_LINUX = {
  skip:
    implementation === 'typescript' && process.platform === 'linux'
      ? false
      : 'these faults are for the TypeScript implementation on Linux',
};

const PRELUDE = `
  import { execFileSync } from 'node:child_process';
  import { appendFileSync } from 'node:fs';
  import { JSONStreamBackend, Logger } from 'dllogger';
  process.on('SIGXFSZ', () => {});
  const limit = (size) =>
    execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=' + size + ':unlimited'], {
      env: {},
    });
  const path = process.argv[1];
  const backend = new JSONStreamBackend(1, path);
  const logger = new Logger([backend]);
  ${TOLD}
`;

/** Runs a script with a plan of faults.h for the calls on its log. */
async function withFaults(name: string, plan: string, script: string) {
  const library = await compileLibrary('test/native/linux/faults.cc', directory);
  if ('reason' in library) return library;
  const path = join(directory, name);
  const env = { LD_PRELOAD: library.path, DLLOGGER_FAULTS: `${plan} ${path}` };
  return { path, ...(await runScript(PRELUDE + script, { args: [path], env })) };
}

test(
  'a part of a line that cannot be removed is completed: each record once',
  SCRIPT_LINUX,
  async (context) => {
    // Every ftruncate fails.
    const result = await withFaults(
      'uncut.json',
      '4 1 0 5 1',
      `
    limit(16384);
    for (let i = 0; i < 500; i++) logger.log([i], { loss: i });
    console.log(told(() => logger.flush()));
    limit('unlimited');
    console.log(told(() => logger.flush()));
    logger.log([500], {});
    logger.close();
  `,
    );
    if ('reason' in result) return context.skip(result.reason);
    assert.equal(result.stdout, 'DLLoggerError EFBIG write true\nnone\n', result.stderr);
    const steps = readRecords(result.path).map((record) => (record.step as number[])[0]);
    assert.deepEqual(steps, [...Array(501).keys()]);
  },
);

test('what another process appended behind part of a line stays', SCRIPT_LINUX, async (context) => {
  const result = await withFaults(
    'foreign.json',
    '4 1 0 5 1',
    `
    limit(16384);
    for (let i = 0; i < 500; i++) logger.log([i], { loss: i });
    const append = 'ulimit -f unlimited; printf "\\nanother\\n" >> "$0"';
    execFileSync('sh', ['-c', append, path], { env: {} });
    limit('unlimited');
    console.log(told(() => logger.close()));
  `,
  );
  if ('reason' in result) return context.skip(result.reason);
  assert.equal(result.stdout, 'none\n', result.stderr);
  const lines = readFileSync(result.path, 'utf8').split('\n');
  assert.equal(lines.pop(), '');
  assert.equal(lines.filter((line) => line === 'another').length, 1);
  const steps = lines.flatMap((line) => /^DLLL .*"step": \[(\d+)\].*\}\}$/.exec(line)?.[1] ?? []);
  assert.deepEqual(steps.map(Number), [...Array(500).keys()]);
});

test(
  'a log that ends in a hole of 600 MB is opened, keeps every byte, and continues behind it',
  SCRIPT_LINUX,
  () => {
    const path = join(directory, 'hole.json');
    const line = 'DLLL {"step": [0]}\n';
    writeFileSync(path, line);
    truncateSync(path, 600e6);
    utimesSync(path, new Date(0), new Date(0));
    openLog(path, true).close();
    assert.equal(statSync(path).size, 600e6 + 1);
    const descriptor = openSync(path, 'r');
    const [start, end] = [Buffer.alloc(line.length), Buffer.alloc(2)];
    readSync(descriptor, start, 0, start.length, 0);
    readSync(descriptor, end, 0, 2, 600e6 - 1);
    closeSync(descriptor);
    assert.equal(start.toString(), line);
    assert.equal(end.toString('latin1'), '\0\n');
  },
);

test(
  'a log that ends in text of 600 MB without a newline is opened, and keeps it',
  SCRIPT_LINUX,
  () => {
    const path = join(directory, 'text.json');
    // The hole lies within the text: the file does not end in space that was never written.
    writeFileSync(path, 'a note');
    const descriptor = openSync(path, 'r+');
    ftruncateSync(descriptor, 600e6);
    closeSync(descriptor);
    appendFileSync(path, 'its end');
    utimesSync(path, new Date(0), new Date(0));
    openLog(path, true).close();
    assert.equal(statSync(path).size, 600e6 + 'its end\n'.length);
  },
);
