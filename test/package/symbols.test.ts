/** scripts/symbols.mjs refuses a binary that needs functions which a system may lack. The tests make such binaries. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
const compiler = process.env.CXX ?? 'c++';

async function works(command: string, ...args: string[]): Promise<boolean> {
  const result = await run(command, args).catch(() => undefined);
  return result?.code === 0;
}

async function reasonToSkip(): Promise<string | false> {
  if (process.platform !== 'linux') return 'tests binaries of Linux';
  if (!(await works(compiler, '--version'))) return 'there is no C++ compiler here';
  if (!(await works('readelf', '--version'))) return 'there is no readelf here (binutils)';
  return false;
}

const LINUX = { skip: await reasonToSkip() };

/** Runs the check on a shared library made from C++, linked with these options and no others. */
async function check(name: string, source: string, libc: string, ...options: string[]) {
  const path = join(directory, name);
  writeFileSync(`${path}.cc`, source);
  const args = ['-shared', '-fPIC', '-nostdlib', `${path}.cc`, '-o', `${path}.so`, ...options];
  const compiled = await run(compiler, args);
  assert.equal(compiled.code, 0, compiled.stderr);
  return run(process.execPath, [join('scripts', 'symbols.mjs'), libc, `${path}.so`]);
}

const UNKNOWN = 'extern "C" int unheard_of(); extern "C" int call() { return unheard_of(); }';
const NODE_API =
  'extern "C" int napi_is_error(); extern "C" int call() { return napi_is_error(); }';
const WEAK =
  'extern "C" __attribute__((weak)) int statx(); extern "C" int call() { return statx(); }';
const OLD = 'extern "C" int getpid(); extern "C" int call() { return getpid(); }';

test('a function of no known version is refused, and named', LINUX, async () => {
  const { code, stderr } = await check('unknown', UNKNOWN, 'glibc');
  assert.equal(code, 1);
  assert.match(stderr, /unknown\.so needs what glibc may lack: unheard_of \(of no known version\)/);
});

test(
  'a weak function is refused, too: a call without a check would end the process',
  LINUX,
  async () => {
    const { code, stderr } = await check('weak', WEAK, 'glibc');
    assert.equal(code, 1);
    assert.match(stderr, /weak\.so needs what glibc may lack: statx \(of no known version\)/);
  },
);

test('functions of Node-API come from Node', LINUX, async () => {
  for (const libc of ['glibc', 'musl']) {
    const { code, stderr } = await check('node-api', NODE_API, libc);
    assert.equal(code, 0, stderr);
  }
});

test('an old function of the C library passes for that library alone', LINUX, async (context) => {
  const isGlibc = JSON.stringify(process.report.getReport()).includes('glibcVersionRuntime');
  if (!isGlibc) return context.skip('the C library here has no versions');
  const { code, stderr } = await check('old', OLD, 'glibc', '-lc');
  assert.equal(code, 0, stderr);
  const other = await check('old', OLD, 'musl', '-lc');
  assert.equal(other.code, 1);
  assert.match(other.stderr, /may lack: getpid \(GLIBC_2\.[\d.]+\), libc\.so\.6/);
});

test("a library other than the C library's own is refused", LINUX, async () => {
  const { code, stderr } = await check(
    'other',
    OLD,
    'glibc',
    '-Wl,--no-as-needed',
    '-lstdc++',
    '-lc',
  );
  assert.equal(code, 1);
  assert.match(stderr, /may lack: .*libstdc\+\+\.so\.6/);
});
