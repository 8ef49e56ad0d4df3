// The systems that there is a prebuilt binary for. A binary has passed when it has run on its system:
// `npm run test:prebuilds` notes it, and a release leaves out the others.
import { join } from 'node:path';

/** glibc 2.17 and macOS 11 are older than what Node 20 itself asks for. */
export const TARGETS = [
  { platform: 'linux', arch: 'x64', libc: 'glibc', zig: 'x86_64-linux-gnu.2.17' },
  { platform: 'linux', arch: 'arm64', libc: 'glibc', zig: 'aarch64-linux-gnu.2.17' },
  { platform: 'linux', arch: 'x64', libc: 'musl', zig: 'x86_64-linux-musl' },
  { platform: 'linux', arch: 'arm64', libc: 'musl', zig: 'aarch64-linux-musl' },
  { platform: 'darwin', arch: 'x64', zig: 'x86_64-macos.11.0' },
  { platform: 'darwin', arch: 'arm64', zig: 'aarch64-macos.11.0' },
  { platform: 'win32', arch: 'x64', zig: 'x86_64-windows-gnu' },
];

/** Bytes of a stripped binary: a shared object of a few functions, mostly C++'s own library. */
export const MAX_BINARY = { linux: 600_000, darwin: 1_000_000, win32: 1_000_000 };

/** Bytes of what is published. */
export const MAX_TARBALL = 2_500_000;

/** As in `npm run prebuilds linux-arm64-musl`. */
export function nameOf({ platform, arch, libc }) {
  return [platform, arch, libc].filter(Boolean).join('-');
}

/** Where prebuildify puts it, in the package. */
export function fileOf({ platform, arch, libc }) {
  const file = ['dllogger', libc, 'node'].filter(Boolean).join('.');
  return join('prebuilds', `${platform}-${arch}`, file);
}
