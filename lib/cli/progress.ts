/** How far reading is, on a line of standard error, for what takes long. */
import { stat } from 'node:fs/promises';
import { showStatus } from '../base/status-line.js';
import type { Output } from './output.js';

/** Logs smaller than this are read before anyone wonders, in bytes. */
const LONG = 16 * 2 ** 20;
/** Nobody needs to see the progress of what is done by then, in milliseconds. */
const PATIENCE = 400;
/** Milliseconds between two changes of the line. */
const INTERVAL = 100;

export class Progress {
  readonly #what: string;
  readonly #size: number;
  #next = performance.now() + PATIENCE;
  #isShown = false;

  private constructor(what: string, size: number) {
    this.#what = what;
    this.#size = size;
  }

  /**
   * @param paths What is read, each as often as it is named.
   * @param what Says so: `3 logs`.
   */
  static async of(paths: readonly string[], what: string, output: Output): Promise<Progress> {
    const sizes = output.showsProgress ? await Promise.all(paths.map(sizeOf)) : [];
    return new Progress(
      what,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  }

  /** @param bytes Those read so far. */
  show(bytes: number): void {
    if (this.#size <= LONG || performance.now() < this.#next) return;
    this.#next = performance.now() + INTERVAL;
    this.#isShown = true;
    const percent = Math.min(Math.floor((100 * bytes) / this.#size), 100);
    showStatus(`${String(percent).padStart(3)} % of ${this.#what}`);
  }

  end(): void {
    if (this.#isShown) showStatus('');
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    // Opening it will tell better.
    return 0;
  }
}
