/** A control group with little memory, whose processes the kernel kills. Not every system allows its creation. */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LIMIT = 128 * 2 ** 20;

export class Cgroup {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** A group, or the reason why none can be made. */
  static create(): Cgroup | string {
    const reasons: string[] = [];
    for (const [parent, limit] of [
      ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
      ['/sys/fs/cgroup', 'memory.max'],
    ] as const) {
      if (!existsSync(parent)) continue;
      const directory = join(parent, `dllogger-crash-${process.pid}`);
      try {
        mkdirSync(directory);
      } catch (error) {
        reasons.push(String(error));
        continue;
      }
      try {
        writeFileSync(join(directory, limit), String(LIMIT));
        return new Cgroup(directory);
      } catch (error) {
        reasons.push(String(error));
        rmdirSync(directory);
      }
    }
    return `no memory cgroup can be made here (${reasons.join('; ') || 'no /sys/fs/cgroup'})`;
  }

  add(pid: number): void {
    writeFileSync(join(this.#directory, 'cgroup.procs'), String(pid));
  }

  remove(): void {
    rmdirSync(this.#directory);
  }
}
