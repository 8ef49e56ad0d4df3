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
    // Of the modules of the package that are not joined into one: the thread loads no more than it needs.
    this.#worker = new Worker(join(import.meta.dirname, 'worker.js'), {
      workerData: { logs, targets },
    });
    // A training process that is done does not wait for a tool.
    this.#worker.unref();
    this.#ended = new Promise((resolve, reject) => {
      this.#worker.once('message', (links: readonly Forwarded[]) => resolve(links));
      this.#worker.once('error', reject);
    });
    // Whoever never closes it need not hear of its end.
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
 * never delayed, and the process is not kept alive. What a target has missed, for instance by a kill, it gets from
 * the next `forward()` of the same log, or from `dllogger forward`. Python has no counterpart.
 *
 * @param log path of a log, or paths; a log that is not there yet is waited for.
 * @throws TypeError when no target is named, or an option is unknown; MlflowError when its address is none.
 */
export function forward(log: string | readonly string[], targets: Targets): Forwarding {
  const logs = typeof log === 'string' ? [log] : [...log];
  // Says what is wrong here and now, not in the thread.
  openTargets(targets);
  return new Forwarding(logs, targets);
}
