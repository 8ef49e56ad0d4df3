// The systems with a prebuilt binary. A binary has passed when its tests have run on its system:
// `npm run test:prebuilds` records this, and a release leaves out binaries that have not passed.
import { join } from 'node:path';

/** glibc 2.17 and macOS 11 are older than the versions that Node 20 itself needs. */
export const TARGETS = [
  { platform: 'linux', arch: 'x64', libc: 'glibc', zig: 'x86_64-linux-gnu.2.17' },
  { platform: 'linux', arch: 'arm64', libc: 'glibc', zig: 'aarch64-linux-gnu.2.17' },
  { platform: 'linux', arch: 'x64', libc: 'musl', zig: 'x86_64-linux-musl' },
  { platform: 'linux', arch: 'arm64', libc: 'musl', zig: 'aarch64-linux-musl' },
  { platform: 'darwin', arch: 'x64', zig: 'x86_64-macos.11.0' },
  { platform: 'darwin', arch: 'arm64', zig: 'aarch64-macos.11.0' },
  { platform: 'win32', arch: 'x64', zig: 'x86_64-windows-gnu' },
];

/** Largest size of a stripped binary, in bytes. Most of it is C++'s library. */
export const MAX_BINARY = { linux: 600_000, darwin: 1_000_000, win32: 1_000_000 };

/** Largest size of the published tarball, in bytes. */
export const MAX_TARBALL = 2_500_000;

/** The name of a target, as in `npm run prebuilds linux-arm64-musl`. */
export function nameOf({ platform, arch, libc }) {
  return [platform, arch, libc].filter(Boolean).join('-');
}

/** The path in the package where prebuildify puts the binary. */
export function fileOf({ platform, arch, libc }) {
  const file = ['dllogger', libc, 'node'].filter(Boolean).join('.');
  return join('prebuilds', `${platform}-${arch}`, file);
}
