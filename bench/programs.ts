/** What is not in the repository: loggers of npm, and those outside of Node, as programs of their own. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DriverSpec, notOpened } from '#dist/bench/driver.js';
import { PYTHON } from './section.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = join(ROOT, 'bench/programs');
const OUT = join(ROOT, 'out/bench/programs');

export function programSpec(
  name: string,
  program: readonly string[],
  more: Partial<DriverSpec> = {},
): DriverSpec {
  return { name, program, create: notOpened, ...more };
}

/** Installs packages of npm that only this benchmark wants, out of the way; tells whether it could. */
export function install(names: readonly string[], directory: string): boolean {
  mkdirSync(directory, { recursive: true });
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  try {
    execFileSync('npm', ['install', '--prefix', directory, ...quiet, ...names], {
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    });
    return true;
  } catch {
    return false;
  }
}

/** Compiles a source of bench/programs/; undefined, with the reason told, where that fails. */
export function compile(
  source: string,
  target: string,
  options: readonly string[] = [],
): string | undefined {
  mkdirSync(OUT, { recursive: true });
  const output = join(OUT, target);
  const compiler = process.env.CXX ?? 'c++';
  const args = ['-std=c++17', '-O3', '-DNDEBUG', join(SOURCES, source), '-o', output, ...options];
  try {
    execFileSync(compiler, args, { stdio: 'pipe' });
    return output;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n').slice(0, 3).join('\n') : '';
    console.error(`bench/programs/${source} was not compiled: ${reason}`);
    return undefined;
  }
}

/** Those that are installed here. */
export function programs(): readonly DriverSpec[] {
  return [...python(), ...spdlog(), ...quill()];
}

/** DLLOGGER_PYTHON is a directory that holds the package, where it is not installed. */
function python(): readonly DriverSpec[] {
  const path = process.env.DLLOGGER_PYTHON;
  const env = path === undefined ? {} : { PYTHONPATH: path };
  try {
    execFileSync('python3', ['-c', 'import dllogger; dllogger.JSONStreamBackend'], {
      stdio: 'pipe',
      env: { ...process.env, ...env },
    });
  } catch {
    console.error("Python's DLLogger is not installed (DLLOGGER_PYTHON=directory of the package)");
    return [];
  }
  return [programSpec(PYTHON, ['python3', join(SOURCES, 'dllogger.py')], { env, share: 0.2 })];
}

function spdlog(): readonly DriverSpec[] {
  if (!existsSync('/usr/include/spdlog')) {
    console.error('spdlog is not installed (Debian: libspdlog-dev)');
    return [];
  }
  const program = compile('spdlog.cc', 'spdlog', ['-lfmt', '-lpthread']);
  return program === undefined ? [] : [programSpec('spdlog (C++)', [program], { share: 4 })];
}

/** DLLOGGER_QUILL is the directory of its headers, where they are not installed. */
function quill(): readonly DriverSpec[] {
  const headers = process.env.DLLOGGER_QUILL;
  if (headers === undefined && !existsSync('/usr/include/quill')) {
    console.error("quill is not installed (DLLOGGER_QUILL=directory of quill's headers)");
    return [];
  }
  const include = headers === undefined ? [] : ['-isystem', headers];
  const program = compile('quill.cc', 'quill', [...include, '-lpthread']);
  return program === undefined ? [] : [programSpec('quill (C++)', [program], { share: 4 })];
}
