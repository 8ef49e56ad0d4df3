/**
 * A directory where every user may create files: files of another user lie beside a log, with the names of its rings.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { implementation } from 'dllogger';
import { times } from '../support/long.js';
import { FULL_AT, runScript, temporaryDirectory } from '../support/run.js';

const FILES = times(500, 20_000);
const STRANGER = 65_534;
const USER = 65_533;

const NEEDS =
  implementation === 'typescript'
    ? 'the TypeScript implementation has no ring'
    : process.platform !== 'linux' || process.getuid?.() !== 0
      ? 'only root may run processes of two other users'
      : false;

async function runAs(user: number, script: string, ...args: string[]) {
  return runScript(`process.setuid(${user}); ${script}`, { args });
}

test('files of another user cause one warning at most, and keep no record from being recovered', {
  skip: NEEDS,
}, async () => {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o1777);
  const path = join(directory, 'run.json');
  const make = `
      import { writeFileSync } from 'node:fs';
      writeFileSync(process.argv[1] + '/.run.json.ring', 'x');
      for (let i = 0; i < ${FILES}; i++) {
        const id = i.toString(16).padStart(16, '0');
        writeFileSync(\`\${process.argv[1]}/.run.json.\${id}.ring\`, 'x', { mode: i % 2 ? 0o644 : 0o600 });
      }
    `;
  assert.equal((await runAs(STRANGER, make, directory)).code, 0);
  const lose = `${FULL_AT}
      const { JSONStreamBackend, Logger } = await import('dllogger');
      const logger = new Logger([new JSONStreamBackend(1, process.argv[1], { append: true })]);
      fullAt(0);
      for (let i = 0; i < 10; i++) logger.log([i], { loss: i });
      process.kill(process.pid, 'SIGKILL');
    `;
  assert.equal((await runAs(USER, lose, path)).signal, 'SIGKILL');
  // recover() returns what is left, and an open prints it once.
  const open = `
      const { JSONStreamBackend, recover } = await import('dllogger');
      console.log(JSON.stringify(recover(process.argv[1])));
      new JSONStreamBackend(1, process.argv[1], { append: true }).close();
      const { readLog } = await import('dllogger/reader');
      let steps = 0;
      for await (const entry of readLog(process.argv[1])) if (entry.kind === 'LOG') steps++;
      console.log(steps);
    `;
  const opened = await runAs(USER, open, path);
  assert.equal(opened.code, 0, opened.stderr);
  const [recovered = '', steps] = opened.stdout.trim().split('\n');
  const { records, left } = JSON.parse(recovered) as { records: number; left: string[] };
  assert.equal(records, 10);
  assert.equal(left.length, 1);
  assert.match(left[0] ?? '', /\.run\.json\.ring" is left as it is: .* belongs to another user$/);
  assert.equal(steps, '10');
  assert.equal(opened.stderr.match(/is left as it is/g)?.length, 1, opened.stderr);
  assert.equal(readdirSync(directory).length, FILES + 2);
});

test("a directory with another user's rings, which this user may not read, hides none of this user's", {
  skip: NEEDS,
}, async (context) => {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o1777);
  const path = join(directory, 'run.json');
  writeFileSync(path, '');
  chmodSync(path, 0o666);
  chownSync(path, STRANGER, STRANGER);
  const lose = `${FULL_AT}
      const { JSONStreamBackend, Logger } = await import('dllogger');
      const logger = new Logger([new JSONStreamBackend(1, process.argv[1], { append: true })]);
      fullAt(0);
      logger.log([0], {});
      process.kill(process.pid, 'SIGKILL');
    `;
  assert.equal((await runAs(USER, lose, path)).signal, 'SIGKILL');
  if (!existsSync(join(directory, '.run.json.ring')))
    return context.skip('no ring lies beside logs here');
  const folder = join(directory, `.run.json.${STRANGER}.rings`);
  mkdirSync(folder, 0o700);
  chownSync(folder, STRANGER, STRANGER);
  const read = `
      const { loadRun } = await import('dllogger/reader');
      console.log((await loadRun(process.argv[1])).ringRecords);
    `;
  const { stdout, stderr } = await runAs(USER, read, path);
  assert.equal(stdout, '1\n', stderr);
});

test('without a binary, a reader does not wait for a pipe to which a link in the place of a ring leads', {
  skip: process.platform === 'linux' ? false : 'only Linux keeps rings beside logs',
}, async () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'run.json');
  writeFileSync(path, '');
  execFileSync('mkfifo', [join(directory, 'pipe')]);
  symlinkSync('pipe', join(directory, '.run.json.ring'));
  const read = `
      const { loadRun } = await import('dllogger/reader');
      for (const { reason, message } of (await loadRun(process.argv[1])).problems.first) console.log(reason, message);
    `;
  const { stdout, stderr } = await runScript(read, { args: [path], env: { DLLOGGER_NATIVE: '0' } });
  assert.match(stdout, /^ring .*\.run\.json\.ring" may hold records.*ELOOP/, stderr);
});
