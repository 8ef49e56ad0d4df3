/** The progress of a long reading, on a line of standard error. */
import { stat } from 'node:fs/promises';
import { showStatus } from '../base/status-line.js';
import type { Output } from './output.js';

/** Logs smaller than this, in bytes, show no progress. */
const LONG = 16 * 2 ** 20;
/** Readings that end within so many milliseconds show no progress. */
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
   * @param paths The logs that are read, each as often as it is named.
   * @param what Their description: `3 logs`.
   */
  static async of(paths: readonly string[], what: string, output: Output): Promise<Progress> {
    const sizes = output.showsProgress ? await Promise.all(paths.map(sizeOf)) : [];
    return new Progress(
      what,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  }

  /** @param bytes How many bytes were read so far. */
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
    // Opening the log reports the error.
    return 0;
  }
}
