// Tests that the packed file works when each package manager installs it offline into an empty folder.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root, run, tool } from '../tools.mjs';

const home = join(root, 'out', 'managers');
const registry = npm(['config', 'get', 'registry'], { cwd: root }).trim();

const CHECK = `
import { createRequire } from 'node:module';
import * as imported from 'dllogger';
const required = createRequire(import.meta.url)('dllogger');
const { implementation, JSONStreamBackend, Logger } = required;
new Logger([new JSONStreamBackend(1, 'log.json')]).log([0], { loss: 0.5 });
console.log(implementation, imported.Logger === Logger);
`;

function program(name, version, path) {
  return [process.execPath, join(tool(name, version), path)];
}

/** How each package manager installs a file. The second time the caches are filled, and the network is off. */
const MANAGERS = [
  {
    name: 'npm 11',
    command: () => [...program('npm', '11.19.1', 'bin/npm-cli.js'), 'install'],
    args: (tarball, cache) => [tarball, '--cache', cache, '--no-audit', '--no-fund'],
    offline: ['--offline'],
  },
  {
    name: 'npm 12 with --strict-allow-scripts',
    command: () => [...program('npm', '12.2.0', 'bin/npm-cli.js'), 'install'],
    args: (tarball, cache) => [
      ...[tarball, '--cache', cache, '--no-audit', '--no-fund', '--strict-allow-scripts'],
    ],
    offline: ['--offline'],
  },
  {
    name: 'pnpm',
    command: () => [...program('pnpm', '12.21.0', 'bin/pnpm.mjs'), 'add'],
    args: (tarball, cache) => [tarball, '--store-dir', cache, '--config.cache-dir', cache],
    offline: ['--offline'],
  },
  {
    name: 'yarn classic',
    command: () => [...program('yarn', '1.22.22', 'bin/yarn.js'), 'add'],
    args: (tarball, cache) => [`file:${tarball}`, '--cache-folder', cache, '--registry', registry],
    offline: ['--offline'],
  },
  {
    name: 'yarn berry, node-modules',
    command: () => [...program('@yarnpkg/cli-dist', '4.18.1', 'bin/yarn.js'), 'add'],
    args: (tarball) => [`dllogger@file:${tarball}`],
    env: (cache) => ({
      YARN_NODE_LINKER: 'node-modules',
      YARN_NPM_REGISTRY_SERVER: registry,
      YARN_ENABLE_GLOBAL_CACHE: 'false',
      YARN_CACHE_FOLDER: cache,
      YARN_ENABLE_TELEMETRY: '0',
    }),
    offline: [],
    offlineEnv: { YARN_ENABLE_NETWORK: '0' },
    // Yarn caches packages, but stores the versions that exist only in this file.
    keeps: 'yarn.lock',
  },
];

function emptyFolder(name) {
  const folder = join(home, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "empty", "private": true }\n');
  // Makes the folder a separate project, not a part of the project around it.
  writeFileSync(join(folder, 'yarn.lock'), '');
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), 'packages: []\n');
  return folder;
}

function install(manager, tarball, isOffline) {
  const { name, command, args, env, offline, offlineEnv, keeps } = manager;
  const folder = emptyFolder(isOffline ? `${name}, offline` : name);
  if (isOffline && keeps) cpSync(join(home, name, keeps), join(folder, keeps));
  const cache = join(home, 'caches', name);
  const [node, ...before] = command();
  run(node, [...before, ...args(tarball, cache), ...(isOffline ? offline : [])], {
    cwd: folder,
    env: { ...process.env, ...env?.(cache), ...(isOffline ? offlineEnv : {}) },
  });
  return folder;
}

export const tests = MANAGERS.map((manager) => ({
  name: `offline by ${manager.name}`,
  run(tarball) {
    // First online, to fill the cache with the few dependencies of the command line.
    install(manager, tarball, false);
    const folder = install(manager, tarball, true);
    writeFileSync(join(folder, 'check.mjs'), CHECK);
    const said = run(process.execPath, ['check.mjs'], { cwd: folder });
    if (said !== 'native true\n') throw new Error(said);
    const line = readFileSync(join(folder, 'log.json'), 'utf8');
    if (!/^DLLL \{.*"data": \{"loss": 0.5\}\}\n$/.test(line)) throw new Error(line);
    const home = join(folder, 'node_modules', 'dllogger');
    if (existsSync(join(home, 'build'))) throw new Error('the install built a binary');
    // The package includes the library that writes Parquet.
    const args = ['export', 'log.json', '--to', 'parquet', '-o', 'log.parquet'];
    run(process.execPath, [join(home, 'dist', 'cli', 'bin.js'), ...args], { cwd: folder });
    if (!readFileSync(join(folder, 'log.parquet'), 'latin1').endsWith('PAR1')) {
      throw new Error('the installed package writes no Parquet');
    }
  },
}));
