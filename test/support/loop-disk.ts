/** File systems that are mounted for a test: in a file, or over another directory. Needs the right to mount. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { times } from './long.js';

export type Disk = 'ext4' | 'xfs' | 'btrfs' | 'vfat' | 'bindfs' | 'overlay';

const MEGABYTE = 1 << 20;
/** xfs takes no less than 300 MB, btrfs no less than 110 MB, and the snapshots of a long run more. */
const sizeOf = (kind: Disk) =>
  (kind === 'xfs' ? 320 : kind === 'btrfs' ? times(128, 320) : 128) * MEGABYTE;
const MAKE: Readonly<Partial<Record<Disk, readonly string[]>>> = {
  ext4: ['mkfs.ext4', '-q', '-F'],
  xfs: ['mkfs.xfs', '-q', '-f'],
  btrfs: ['mkfs.btrfs', '-q', '-f'],
  vfat: ['mkfs.vfat'],
};

function call(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, {
    stdio: 'pipe',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
}

export class LoopDisk {
  readonly directory: string;
  readonly #mounts: string[] = [];
  readonly #image: string;

  private constructor(parent: string) {
    this.directory = join(parent, 'disk');
    this.#image = join(parent, 'image');
  }

  /** Mounts a disk below an empty directory; an overlay lies over a btrfs. Returns the reason if that fails. */
  static mount(parent: string, kind: Disk): LoopDisk | string {
    if (process.platform !== 'linux' || process.getuid?.() !== 0)
      return 'only root on Linux mounts disks';
    const disk = new LoopDisk(parent);
    try {
      disk.#mount(parent, kind);
      return disk;
    } catch (error) {
      disk.unmount();
      const reason = (error as { stderr?: Buffer }).stderr?.toString().trim() || String(error);
      return `${kind} cannot be mounted here: ${reason}`;
    }
  }

  #mount(parent: string, kind: Disk): void {
    const { directory } = this;
    mkdirSync(directory);
    if (kind === 'bindfs') {
      const source = join(parent, 'source');
      mkdirSync(source);
      call('bindfs', source, directory);
    } else if (kind === 'overlay') {
      const base = join(parent, 'base');
      mkdirSync(base);
      this.#mountImage('btrfs', base);
      const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) => join(base, name));
      for (const path of [lower, upper, work]) mkdirSync(path as string);
      const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
      call('mount', '-t', 'overlay', '-o', options, 'dllogger', directory);
    } else {
      this.#mountImage(kind, directory);
    }
    this.#mounts.push(directory);
  }

  #mountImage(kind: Disk, directory: string): void {
    const [command = '', ...args] = MAKE[kind] ?? [];
    writeFileSync(this.#image, '');
    truncateSync(this.#image, sizeOf(kind));
    call(command, ...args, this.#image);
    call('mount', '-o', 'loop', this.#image, directory);
    if (directory !== this.directory) this.#mounts.push(directory);
  }

  makeReadOnly(): void {
    call('mount', '-o', 'remount,ro', this.directory);
  }

  makeWritable(): void {
    call('mount', '-o', 'remount,rw', this.directory);
  }

  unmount(): void {
    for (const directory of this.#mounts.reverse()) call('umount', '-l', directory);
    this.#mounts.length = 0;
    rmSync(this.#image, { force: true });
  }
}
