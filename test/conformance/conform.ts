/**
 * What every runtime and every binary must do with the installed package. Each case runs in a process of that runtime
 * and leaves files, which are checked here. So the runtime may be emulated: it need only run a module.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { golden } from '../support/golden.js';

export interface Runtime {
  readonly name: string;
  /** The command line before the path of a module. */
  readonly command: readonly [string, ...string[]];
  readonly env?: NodeJS.ProcessEnv;
  /** The runtime's name for a path of this system. */
  readonly path?: (path: string) => string;
  /** Cases that the runtime cannot pass, and why. */
  readonly lacks?: Readonly<Record<string, string>>;
  readonly implementation: 'native' | 'typescript';
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const RECORDS = 5000;
/** Milliseconds after which a case counts as hanging: long, since some runtimes are emulated. */
const PATIENCE = 120_000;

class Conformance {
  readonly #runtime: Runtime;
  /** Holds node_modules/dllogger. */
  readonly #home: string;
  #files = 0;

  constructor(runtime: Runtime, home: string) {
    this.#runtime = runtime;
    this.#home = home;
    for (const part of [
      'out/test/conformance/cases',
      'out/test/support/golden.js',
      'test/golden',
    ]) {
      cpSync(join(ROOT, part), join(home, part), { recursive: true });
    }
  }

  newPath(name = 'log.json'): string {
    const directory = join(this.#home, 'files', `${this.#files++}`);
    mkdirSync(directory, { recursive: true });
    return join(directory, name);
  }

  start(name: string, paths: readonly string[], args: readonly string[] = []): Started {
    const { command, env, path = (same) => same, implementation } = this.#runtime;
    const script = join(this.#home, 'out', 'test', 'conformance', 'cases', `${name}.js`);
    const output = this.newPath('stdout');
    const errors = `${output}.errors`;
    const stdout = openSync(output, 'w');
    const stderr = openSync(errors, 'w');
    const [program, ...before] = command;
    const child = spawn(program, [...before, ...[script, ...paths].map(path), ...args], {
      cwd: this.#home,
      env: { ...process.env, ...env, DLLOGGER_NATIVE: implementation === 'native' ? '1' : '0' },
      stdio: ['ignore', stdout, stderr],
    });
    closeSync(stdout);
    closeSync(stderr);
    return new Started(child, output, errors);
  }

  async run(name: string, paths: readonly string[], args: readonly string[] = []): Promise<Ended> {
    return await this.start(name, paths, args).ended();
  }
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

class Started {
  readonly #ended: Promise<number | null>;
  readonly #output: string;
  readonly #errors: string;

  constructor(child: ChildProcess, output: string, errors: string) {
    this.#output = output;
    this.#errors = errors;
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    this.#ended = new Promise((resolve, reject) => {
      child.on('error', reject).on('exit', (code) => resolve(code));
    });
    void this.#ended.finally(() => clearTimeout(timer)).catch(() => {});
  }

  /** Waits until the process has printed a line. */
  async said(line: string): Promise<void> {
    const ended = this.#ended.then(() => true);
    while (!this.#text(this.#output).includes(line)) {
      if (await Promise.race([ended, sleep(20)])) throw new Error(this.#text(this.#errors));
    }
  }

  async ended(): Promise<Ended> {
    const code = await this.#ended;
    return { code, stdout: this.#text(this.#output), stderr: this.#text(this.#errors) };
  }

  #text(path: string): string {
    return readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  }
}

interface Line {
  readonly step: readonly unknown[];
}

function linesOf(path: string): string[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  assert.equal(lines.pop(), '', 'the file ends with a newline');
  return lines;
}

function stepsOf(path: string): (readonly unknown[])[] {
  return linesOf(path).map((line) => (JSON.parse(line.slice('DLLL '.length)) as Line).step);
}

function count(records: number): [number][] {
  return Array.from({ length: records }, (_, index) => [index]);
}

/** Describes the difference in one line; a list of thousands would not help. */
function assertSame(actual: readonly unknown[], expected: readonly unknown[]): void {
  const show = (list: readonly unknown[], index: number) => JSON.stringify(list[index]);
  for (let i = 0; i < Math.max(actual.length, expected.length); i++) {
    if (show(actual, i) === show(expected, i)) continue;
    assert.fail(
      `${actual.length} of ${expected.length}; number ${i} is\n${show(actual, i)}, expected\n` +
        show(expected, i),
    );
  }
}

type Case = (conformance: Conformance) => Promise<void>;

const cases = new Map<string, Case>();

cases.set('output golden', async (conformance) => {
  const path = conformance.newPath();
  const directory = join(path, '..');
  const { code, stdout, stderr } = await conformance.run('golden', [directory]);
  assert.equal(code, 0, stderr);
  const tails = (name: string) =>
    linesOf(join(directory, name)).map((line) => `${line.slice(line.indexOf('"type": '))}\n`);
  assertSame(
    tails('log.json'),
    golden('log').map((one) => one.tail),
  );
  assertSame(
    tails('metadata.json'),
    golden('metadata').map((one) => one.tail),
  );
  const printed = golden('stdout').flatMap((one) => one.out ?? []);
  assert.equal(stdout, printed.join(''));
});

cases.set('import and require', async (conformance) => {
  const { stdout, stderr } = await conformance.run('require', []);
  assert.match(stdout, /^true (native|typescript)\n$/, stderr);
});

const ENDINGS: readonly [name: string, code: number, records?: number][] = [
  ['natural', 0],
  ['exit', 3],
  ['exit without a ring file', 3],
  ['exit in a later tick', 3],
  ['reallyExit', 4],
  ['exit code', 5],
  ['throw', 1],
  ['throw in a timer', 1],
  ['rejection', 1],
  ['listener', 0, RECORDS + 1],
  ['worker, natural', 0],
  ['worker, exit', 0],
  ['worker, throw', 0],
  ['worker, terminate', 0],
  ['worker, while main exits', 0],
];

for (const [name, code, records = RECORDS] of ENDINGS) {
  cases.set(`exit: ${name}`, async (conformance) => {
    const path = conformance.newPath();
    const ended = await conformance.run('ending', [path], [name]);
    assert.equal(ended.code, code, ended.stderr);
    assertSame(stepsOf(path), count(records));
  });
}

cases.set('kill and recovery', async (conformance) => {
  const path = conformance.newPath();
  await conformance.run('ending', [path], ['kill']);
  const { code, stderr } = await conformance.run('append', [path], ['1', 'next']);
  assert.equal(code, 0, stderr);
  assertSame(stepsOf(path), [...count(RECORDS), ['next', 0]]);
});

cases.set('two processes append', async (conformance) => {
  const path = conformance.newPath();
  const both = ['a', 'b'].map((mark) => conformance.run('append', [path], [`${RECORDS}`, mark]));
  for (const { code, stderr } of await Promise.all(both)) assert.equal(code, 0, stderr);
  const steps = stepsOf(path);
  for (const mark of ['a', 'b']) {
    const own = steps.filter((step) => step[0] === mark).map((step) => [step[1]]);
    assertSame(own, count(RECORDS));
  }
});

cases.set('a path with spaces and letters of all kinds', async (conformance) => {
  const path = conformance.newPath("Größe 損失 🎉 l'été.json");
  const { code, stderr } = await conformance.run('append', [path], ['3', 'a']);
  assert.equal(code, 0, stderr);
  assertSame(
    stepsOf(path),
    [0, 1, 2].map((i) => ['a', i]),
  );
});

cases.set('refusals, also of a log that another process writes', async (conformance) => {
  const path = conformance.newPath();
  const end = conformance.newPath('end');
  const holder = conformance.start('hold', [path, end]);
  await holder.said('open');
  const { stdout, stderr } = await conformance.run('refused', [path, join(path, '..')]);
  writeFileSync(end, '');
  assert.equal((await holder.ended()).code, 0);
  const [inUse, ...others] = stdout.trim().split('\n');
  assert.equal(inUse, 'ERR_DLLOGGER_LOG_IN_USE', stderr);
  assert.deepEqual(others, ['ENOENT', 'EISDIR', 'TypeError'], stderr);
  assertSame(stepsOf(path), count(1));
});

/** JavaScript alone has no locks between processes. */
const NATIVE_ONLY = 'refusals, also of a log that another process writes';

/** A case as a test of node:test. */
export interface ConformanceTest {
  readonly name: string;
  /** Why the runtime cannot pass it; false where it can. */
  readonly skip: string | false;
  readonly run: () => Promise<void>;
}

/** Every case, or those whose names match, over the package that is installed in `home`. */
export function conformanceTests(runtime: Runtime, home: string, only = /./): ConformanceTest[] {
  const conformance = new Conformance(runtime, home);
  const noLocks = (name: string) => name === NATIVE_ONLY && runtime.implementation !== 'native';
  return [...cases]
    .filter(([name]) => only.test(name))
    .map(([name, run]) => ({
      name,
      skip: runtime.lacks?.[name] ?? (noLocks(name) ? 'no locks' : false),
      run: async () => await run(conformance),
    }));
}
