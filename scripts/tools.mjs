// Runtimes and tools that are too large for everybody's `npm ci`: what needs one installs it, in exactly
// the version it names, under out/tools/.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The versions of Node on which the package is tested, the oldest that it supports first. */
export const NODES = ['20.19.0', '22.23.3', '24.21.0', '26.10.0'];

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a program to its end; throws all it said when that is not a good one. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28, ...options });
  if (result.status === 0) return result.stdout ?? '';
  const said = result.error?.message ?? `${result.stdout ?? ''}${result.stderr ?? ''}`;
  throw new Error(`${command} ${args.join(' ')} failed with ${result.status}\n${said}`);
}

/** npm, as a program that can be started without a shell on every system. */
export function npm(args, options = {}) {
  const cli = process.env.npm_execpath ?? '';
  if (cli.endsWith('.js')) return run(process.execPath, [cli, ...args], options);
  return run('npm', args, { shell: process.platform === 'win32', ...options });
}

/**
 * The directory of an npm package, installed with its dependencies when it is not there yet.
 *
 * @param options npm's; with `--force` packages for other systems than this one install too.
 */
export function tool(name, version, options = ['--force']) {
  const home = join(root, 'out', 'tools', `${name.replace('/', '+')}@${version}`);
  if (!existsSync(home)) {
    console.log(`installing ${name}@${version}`);
    const unfinished = `${home}.${process.pid}`;
    mkdirSync(unfinished, { recursive: true });
    writeFileSync(join(unfinished, 'package.json'), '{ "private": true }\n');
    try {
      const quiet = ['--ignore-scripts', '--no-audit', '--no-fund'];
      npm(['install', ...options, ...quiet, `${name}@${version}`], { cwd: unfinished });
      renameSync(unfinished, home);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return join(home, 'node_modules', name);
}
