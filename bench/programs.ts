/** Loggers that are not in the repository: those of npm, and those outside of Node, which are separate programs. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
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

/** Installs npm packages that only this benchmark needs into a directory. Returns whether npm succeeded. */
export function install(names: readonly string[], directory: string): boolean {
  mkdirSync(directory, { recursive: true });
  // Without a manifest npm would remove the packages that an earlier call installed.
  const manifest = join(directory, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }\n');
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
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

/** Compiles a source of bench/programs/. If that fails, prints the reason and returns undefined. */
export function compile(
  source: string,
  target: string,
  options: readonly string[] = [],
): string | undefined {
  mkdirSync(OUT, { recursive: true });
  const output = join(OUT, target);
  return compileTo(output, `bench/programs/${source}`, [join(SOURCES, source), ...options])
    ? output
    : undefined;
}

/** Returns whether a compilation succeeded. If it fails, prints the reason. */
function compileTo(output: string, what: string, args: readonly string[]): boolean {
  const compiler = process.env.CXX ?? 'c++';
  try {
    const all = ['-std=c++17', '-O3', '-DNDEBUG', '-o', output, ...args];
    execFileSync(compiler, all, { stdio: 'pipe' });
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n').slice(0, 3).join('\n') : '';
    console.error(`${what} was not compiled: ${reason}`);
    return false;
  }
}

const VSCODE_SPDLOG = '@vscode/spdlog';

/**
 * Builds the addon of VS Code's logger from the sources in its package, which npm has put into `directory`
 * without running a script. Returns whether the addon exists.
 */
export function buildVscodeSpdlog(directory: string): boolean {
  const home = join(directory, 'node_modules', VSCODE_SPDLOG);
  const output = join(home, 'build/Release/spdlog.node');
  if (existsSync(output) || !existsSync(home)) return existsSync(output);
  mkdirSync(dirname(output), { recursive: true });
  const { resolve } = createRequire(join(home, 'package.json'));
  const headers = [
    join(ROOT, 'node_modules/node-api-headers/include'),
    dirname(resolve('node-addon-api/package.json')),
    join(home, 'deps/spdlog/include'),
  ];
  return compileTo(output, VSCODE_SPDLOG, [
    ...['-shared', '-fPIC', '-DNAPI_CPP_EXCEPTIONS', '-DFMT_CONSTEVAL='],
    ...['-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS', '-DBUILDING_NODE_EXTENSION'],
    ...headers.flatMap((path) => ['-isystem', path]),
    ...['main.cc', 'logger.cc'].map((name) => join(home, 'src', name)),
  ]);
}

/** The programs that can be run here. */
export function programs(loggers: string): readonly DriverSpec[] {
  return [...python(), ...spdlog(loggers), ...quill()];
}

/** DLLOGGER_PYTHON is a directory that holds the package, when it is not installed. */
function python(): readonly DriverSpec[] {
  const path = process.env.DLLOGGER_PYTHON;
  const env = path === undefined ? {} : { PYTHONPATH: path };
  try {
    execFileSync('python3', ['-c', 'import dllogger; dllogger.JSONStreamBackend'], {
      stdio: 'pipe',
      env: { ...process.env, ...env },
    });
  } catch {
    console.error(
      "Python's DLLogger is not installed; no registry has it (DLLOGGER_PYTHON=directory of the package)",
    );
    return [];
  }
  return [programSpec(PYTHON, ['python3', join(SOURCES, 'dllogger.py')], { env, share: 0.2 })];
}

/** spdlog of the system, or the headers in the package of VS Code's logger, which include fmt. */
function spdlog(loggers: string): readonly DriverSpec[] {
  const headers = join(loggers, 'node_modules', VSCODE_SPDLOG, 'deps/spdlog/include');
  const isSystems = existsSync('/usr/include/spdlog');
  if (!isSystems && !existsSync(headers)) {
    console.error('spdlog is not installed (Debian: libspdlog-dev)');
    return [];
  }
  const library = isSystems ? ['-lfmt'] : ['-isystem', headers, '-DFMT_CONSTEVAL='];
  const program = compile('spdlog.cc', 'spdlog', [...library, '-lpthread']);
  return program === undefined ? [] : [programSpec('spdlog (C++)', [program], { share: 4 })];
}

/** DLLOGGER_QUILL is the directory of quill's headers, when they are not installed. */
function quill(): readonly DriverSpec[] {
  const headers = process.env.DLLOGGER_QUILL;
  if (headers === undefined && !existsSync('/usr/include/quill')) {
    console.error(
      "quill is not installed; no registry has it (DLLOGGER_QUILL=directory of quill's headers)",
    );
    return [];
  }
  const include = headers === undefined ? [] : ['-isystem', headers];
  const program = compile('quill.cc', 'quill', [...include, '-lpthread']);
  return program === undefined ? [] : [programSpec('quill (C++)', [program], { share: 4 })];
}
