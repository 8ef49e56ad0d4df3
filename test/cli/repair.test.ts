import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { dllogger } from '../support/cli.js';
import { withLog } from '../support/log.js';
import { temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
const clean = readFileSync(
  withLog((logger) => {
    for (let i = 0; i < 5; i++) logger.log([0, i], { loss: i, text: `${i}` });
  }),
  'utf8',
);
const [first = '', second = '', ...rest] = clean.split(/(?<=\n)/);
const damaged = [
  ...[`${first}Traceback\n`, `\0\0\0\0${second.slice(50)}`, '\r\n', second.slice(0, 60), second],
  ...[rest.join('').replaceAll('\n', '\r\n'), second.slice(0, 40)],
].join('');
let files = 0;

function write(content: string | Buffer): string {
  const path = join(directory, `${files++}.json`);
  writeFileSync(path, content);
  return path;
}

test('repair writes a clean log, byte for byte, and lists what it left out', async () => {
  const path = write(damaged);
  const target = join(directory, 'clean.json');
  const { code, stdout } = await dllogger(['repair', path, '-o', target]);
  assert.equal(code, 1);
  assert.equal(readFileSync(target, 'utf8'), clean);
  assert.equal(readFileSync(path, 'utf8'), damaged);
  assert.deepEqual(
    stdout.split('\n').map((line) => line.replace(/offset \d+, \d+ bytes: /, '').slice(0, 50)),
    [
      'line 2, text that is not a record: Traceback',
      'line 3, 4 NUL bytes, then text that is not a recor',
      'line 4, a blank line',
      'line 5, a record that ends in its middle: DLLL {"t',
      'line 9, the last record is not finished: DLLL {"ti',
      `5 records in ${target}`.slice(0, 50),
      '',
    ],
  );
  assert.equal((await dllogger(['repair', target, '-o', join(directory, 'again.json')])).code, 0);
});

test('--json gives the list as JSON', async () => {
  const path = write(damaged);
  const { stdout } = await dllogger(['repair', path, '-o', join(directory, 'j.json'), '--json']);
  const { records, problems } = JSON.parse(stdout);
  assert.equal(records, 5);
  assert.deepEqual(
    problems.map(({ reason }: { reason: string }) => reason),
    ['foreign', 'hole', 'blank', 'cut', 'unfinished'],
  );
  assert.equal(problems[0].offset, first.length);
});

test('repair to standard output puts the list on standard error', async () => {
  const { code, stdout, stderr } = await dllogger(['repair', '-', '-o', '-'], { input: damaged });
  assert.deepEqual([code, stdout], [1, clean]);
  assert.equal(stderr.match(/^dllogger: line \d/gm)?.length, 5);
});

test('repair --in-place keeps a backup, the permissions, and links', async () => {
  const path = write(damaged);
  chmodSync(path, 0o640);
  const link = join(directory, 'link.json');
  symlinkSync(path, link);
  const { stdout } = await dllogger(['repair', '--in-place', link]);
  assert.ok(stdout.includes(`the old log in ${link}.bak`), stdout);
  assert.equal(readFileSync(path, 'utf8'), clean);
  assert.equal(readFileSync(`${link}.bak`, 'utf8'), damaged);
  assert.equal(statSync(path).mode & 0o777, 0o640);
  writeFileSync(path, damaged);
  await dllogger(['repair', '--in-place', link]);
  assert.equal(readFileSync(`${link}.bak.1`, 'utf8'), damaged);
});

test('repair --in-place leaves a log without problems alone', async () => {
  const path = write(clean);
  const before = statSync(path);
  assert.equal((await dllogger(['repair', '--in-place', path])).code, 0);
  assert.equal(statSync(path).ino, before.ino);
  assert.ok(!existsSync(`${path}.bak`));
});

test('compressed logs are repaired, but not in place', async () => {
  const path = write(gzipSync(damaged));
  const target = join(directory, 'unpacked.json');
  assert.equal((await dllogger(['repair', path, '-o', target])).code, 1);
  assert.equal(readFileSync(target, 'utf8'), clean);
  const { code, stderr } = await dllogger(['repair', '--in-place', path]);
  assert.equal(code, 2);
  assert.match(stderr, /is compressed: repair it with -o OUT\n$/);
});

test('an output that cannot be written leaves no file behind', async () => {
  const path = write(damaged);
  const full = await dllogger(['repair', path, '-o', '/dev/full']);
  assert.equal(full.code, 2);
  assert.match(full.stderr, /cannot write "\/dev\/full": no space left on device \(ENOSPC\)\n$/);
  const nowhere = await dllogger(['repair', path, '-o', join(directory, 'no', 'x.json')]);
  assert.match(
    nowhere.stderr,
    /^dllogger: cannot write ".*": no such file or directory \(ENOENT\)\n$/,
  );
  const text = write('no log\n');
  const target = join(directory, 'kept.json');
  writeFileSync(target, 'kept');
  assert.equal((await dllogger(['repair', text, '-o', target])).code, 2);
  assert.equal(readFileSync(target, 'utf8'), 'kept');
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.endsWith('.tmp')),
    [],
  );
});
