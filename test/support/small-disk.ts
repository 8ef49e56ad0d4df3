/** A file system of a known size, in memory, that can really be full. Needs the right to mount. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export class SmallDisk {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Mounts a small disk on an empty directory. Returns the reason when that is not possible. */
  static mount(directory: string, megabytes: number): SmallDisk | string {
    if (process.platform !== 'linux') return 'only Linux has tmpfs';
    try {
      const size = `size=${megabytes}m`;
      execFileSync('mount', ['-t', 'tmpfs', '-o', size, 'dllogger', directory], { stdio: 'pipe' });
      return new SmallDisk(directory);
    } catch (error) {
      const reason = (error as { stderr?: Buffer }).stderr?.toString().trim() ?? String(error);
      return `a tmpfs cannot be mounted here: ${reason}`;
    }
  }

  /** A small disk that is mounted already. */
  static at(directory: string): SmallDisk {
    return new SmallDisk(directory);
  }

  get #ballast(): string {
    return join(this.directory, 'ballast');
  }

  /** Fills all the room that is left. */
  fill(): void {
    const descriptor = openSync(this.#ballast, 'a');
    try {
      for (let size = 1 << 20; size > 0; ) {
        try {
          if (writeSync(descriptor, Buffer.alloc(size)) < size) size >>= 1;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          size >>= 1;
        }
      }
    } finally {
      closeSync(descriptor);
    }
  }

  free(): void {
    rmSync(this.#ballast, { force: true });
  }

  unmount(): void {
    execFileSync('umount', [this.directory], { stdio: 'pipe' });
  }
}
