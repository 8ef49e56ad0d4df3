/** flush({ sync: true }) when the device fails: the system reports that once, and drops the data. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { implementation } from 'dllogger';
import { compileLibrary } from '../support/preload.js';
import { readRecords, runScript, TOLD, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
const LINUX = {
  skip: process.platform === 'linux' ? false : 'the preloaded library is for Linux',
};
const PRELUDE = `
  import { renameSync } from 'node:fs';
  import { JSONStreamBackend, Logger } from 'dllogger';
  const path = process.argv[1];
  const backend = new JSONStreamBackend(1, path);
  const logger = new Logger([backend]);
  ${TOLD}
`;
const FAULT = `DLLoggerError EIO ${implementation === 'native' ? 'fdatasync' : 'fsync'} true\n`;

/** Runs a script in which the nth sync of a file whose path begins with `prefix` fails. */
async function withFailingSync(name: string, prefix: string, script: string, nth = 1) {
  const library = await compileLibrary('test/native/linux/faults.cc', directory);
  if ('reason' in library) return library;
  const path = join(directory, name);
  const env = {
    LD_PRELOAD: library.path,
    DLLOGGER_FAULTS: `6 ${nth} 0 5 0 ${join(directory, prefix)}`,
  };
  return { path, ...(await runScript(PRELUDE + script, { args: [path], env })) };
}

test('a sync that failed is an error of the log until reopen()', LINUX, async (context) => {
  const result = await withFailingSync(
    'sync.json',
    'sync.json',
    `
    logger.log([0], {});
    for (let i = 0; i < 3; i++) console.log(told(() => logger.flush({ sync: true })));
    console.log(told(() => logger.flush()), backend.stats().lastError.code);
    backend.reopen();
    console.log(told(() => logger.flush({ sync: true })));
    logger.close();
  `,
  );
  if ('reason' in result) return context.skip(result.reason);
  assert.equal(result.stdout, `${FAULT.repeat(3)}none EIO\nnone\n`, result.stderr);
  assert.equal(readRecords(result.path).length, 1);
});

test(
  'flush({ sync: true }) after reopen() reports a fault of the file before it',
  LINUX,
  async (context) => {
    const result = await withFailingSync(
      'rotated.json',
      'rotated.json.1',
      `
    logger.log([0], {});
    renameSync(path, path + '.1');
    backend.reopen();
    logger.log([1], {});
    console.log(told(() => logger.flush({ sync: true })));
    logger.close();
  `,
    );
    if ('reason' in result) return context.skip(result.reason);
    assert.equal(result.stdout, FAULT, result.stderr);
  },
);

test(
  'the directory of a new log is synced: that of the file, not that of a link to it',
  LINUX,
  async (context) => {
    mkdirSync(join(directory, 'far'));
    symlinkSync(join('far', 'new.json'), join(directory, 'link.json'));
    // The second sync below `far` is that of the directory itself.
    const result = await withFailingSync(
      'link.json',
      'far',
      `
    logger.log([0], {});
    console.log(told(() => logger.flush({ sync: true })));
    logger.close();
  `,
      2,
    );
    if ('reason' in result) return context.skip(result.reason);
    assert.equal(result.stdout, 'DLLoggerError EIO fsync true\n', result.stderr);
  },
);

test('a failed close loses neither the log nor the error', LINUX, async (context) => {
  const library = await compileLibrary('test/support/failing_close.cc', directory);
  if ('reason' in library) return context.skip(library.reason);
  const path = join(directory, 'unclosed.json');
  const script = `
    ${PRELUDE}
    logger.log([0], {});
    renameSync(path, path + '.1');
    process.env.DLLOGGER_FAILING_CLOSE = path + '.1';
    console.log(told(() => backend.reopen()));
    logger.log([1], {});
    console.log(told(() => logger.flush()));
    // The device may lack a part of the old file.
    console.log(told(() => logger.flush({ sync: true })));
    process.env.DLLOGGER_FAILING_CLOSE = path;
    console.log(told(() => backend.close()));
    delete process.env.DLLOGGER_FAILING_CLOSE;
    console.log(told(() => backend.close()));
    // The log counts as closed.
    new JSONStreamBackend(1, path + '.1').close();
    new JSONStreamBackend(1, path, { append: true });
  `;
  const { code, stdout, stderr } = await runScript(script, {
    args: [path],
    env: { LD_PRELOAD: library.path },
  });
  const failed = 'DLLoggerError EIO close true';
  assert.deepEqual(
    [code, stdout.trimEnd().split('\n')],
    [0, ['none', 'none', failed, failed, 'none']],
    stderr,
  );
  assert.deepEqual(
    readRecords(path).map((record) => record.step),
    [[1]],
  );
});

test('a close that fails at the end of the process is told', {
  skip: LINUX.skip || (implementation !== 'native' && 'JavaScript leaves that close to the system'),
}, async (context) => {
  const library = await compileLibrary('test/support/failing_close.cc', directory);
  if ('reason' in library) return context.skip(library.reason);
  const path = join(directory, 'left-open.json');
  const env = { LD_PRELOAD: library.path, DLLOGGER_FAILING_CLOSE: path };
  const { code, stderr } = await runScript(`${PRELUDE} logger.log([0], {});`, {
    args: [path],
    env,
  });
  assert.equal(code, 0);
  assert.match(stderr, /log ".*left-open.json" may lack records: closing it failed: Input/);
  assert.equal(readRecords(path).length, 1);
});
