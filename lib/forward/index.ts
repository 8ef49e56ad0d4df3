import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { openTargets, type Targets } from './forward.js';
import type { Forwarded } from './protocol.js';

export type { Targets } from './forward.js';
export type { MlflowOptions } from './mlflow/target.js';
export type { Forwarded } from './protocol.js';

/** Logs that are being forwarded. */
export class Forwarding implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #ended: Promise<readonly Forwarded[]>;

  /** @internal */
  constructor(logs: readonly string[], targets: Targets) {
    // One of the package's separate modules, not the joined file: the thread loads no more than it needs.
    this.#worker = new Worker(join(import.meta.dirname, 'worker.js'), {
      workerData: { logs, targets },
    });
    // A training process that has ended does not wait for a tool.
    this.#worker.unref();
    this.#ended = new Promise((resolve, reject) => {
      this.#worker.once('message', (links: readonly Forwarded[]) => resolve(links));
      this.#worker.once('error', reject);
    });
    // A program that never calls close() has no handler for a failure of the thread.
    this.#ended.catch(() => {});
  }

  /**
   * Resolves when the targets have caught up with the logs as they are now, or cannot: see `error`. Keeps the
   * process alive until then. Calling it again gives the same answer.
   */
  async close(): Promise<readonly Forwarded[]> {
    this.#worker.ref();
    this.#worker.postMessage('close');
    const answer = await this.#ended;
    await this.#worker.terminate();
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Forwards logs to other tools while they are written, in a thread of its own: the call returns at once, `log()` is
 * never delayed, and the process is not kept alive. A target gets what it has missed, for instance after a kill, from
 * the next `forward()` of the same log, or from `dllogger forward`. Python has no counterpart.
 *
 * @param log path of a log, or paths; a log that is not there yet is waited for.
 * @throws TypeError when no target is named, or an option is unknown; MlflowError for an invalid address.
 */
export function forward(log: string | readonly string[], targets: Targets): Forwarding {
  const logs = typeof log === 'string' ? [log] : [...log];
  // Throws for wrong options here, not later in the thread.
  openTargets(targets);
  return new Forwarding(logs, targets);
}
