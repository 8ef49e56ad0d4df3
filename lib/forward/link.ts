import { setTimeout as pause } from 'node:timers/promises';
import { DLLoggerError } from '../base/errors.js';
import { notRegular, statusOf } from '../reader/file-reader.js';
import { LogScan } from '../reader/log-scan.js';
import { isReadOnce } from '../reader/regular-file.js';
import { RunFinder } from '../reader/run-finder.js';
import { Receiver, type Wishes } from './receiver.js';
import { type LogEnd, type LogIdentity, Report, type Target, TemporaryError } from './target.js';

/** Pauses between two attempts, in milliseconds: each is twice the one before. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 30_000;
/** Number of attempts where the log is not followed. */
const ATTEMPTS = 5;
/** How long a record of a followed log waits for further records before it is sent, in milliseconds. */
const GATHER = 300;

export interface LinkOptions extends Wishes {
  /** Waits for more at the end of the log, and for a tool that is down, until `signal` aborts. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  /** Called after each part of a log with the number of bytes read so far. */
  readonly onProgress?: ((link: Link, bytes: number) => void) | undefined;
}

/**
 * One log on its way to one target. Each link reads the log by itself, at its target's pace: a target that is down
 * delays no other.
 */
export class Link {
  readonly log: LogIdentity;
  readonly target: Target;
  report = new Report();
  /** Why the target is behind; undefined while it takes everything. */
  error: Error | undefined;
  /** How many bytes of the log the target has for certain. */
  bytes = 0;
  /** Pieces of the log that are no records. */
  problems = 0;

  constructor(log: LogIdentity, target: Target) {
    this.log = log;
    this.target = target;
  }

  /** Brings the log to the target. Resolves when the target has all of it, or cannot have it: see `error`. */
  async run(options: LinkOptions): Promise<void> {
    // A log that was written anew is another log for the target.
    while ((await this.#forward(options)) && !options.signal.aborted) this.report = new Report();
  }

  /** Resolves to whether the log was written anew. */
  async #forward(options: LinkOptions): Promise<boolean> {
    const to = this.target.open(this.log, this.report);
    const anew = new AbortController();
    const ended = new AbortController();
    try {
      this.#checkFile();
      const finder = await this.#sessions(options);
      const receiver = new Receiver(to, this.report, this.target, finder, options);
      const scan = new LogScan(
        this.log.path,
        receiver,
        {
          follow: options.follow,
          signal: AbortSignal.any([options.signal, anew.signal, ended.signal]),
          onRestart: () => anew.abort(),
        },
        { onWait: (reason) => this.#fail(reason) },
      );
      const send = (isAll: boolean): Promise<boolean> =>
        this.#patiently(() => (isAll ? to.end(stateOf(receiver, scan)) : to.drain()), options);
      const steps = scan.steps();
      try {
        await this.#pump(scan, steps, send, options);
      } finally {
        // A log whose target takes no more is neither waited for nor held open.
        ended.abort();
        await steps.return(undefined);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      await to.close().catch(() => {});
    }
    return anew.signal.aborted;
  }

  /** @throws DLLoggerError where the log can be read only once, or its path cannot be followed. */
  #checkFile(): void {
    const { path } = this.log;
    if (path === '-') {
      const message = 'standard input (-) can be read only once: it cannot be forwarded';
      throw new DLLoggerError('ERR_DLLOGGER_NOT_A_LOG', message, { path });
    }
    const status = statusOf(path);
    // A directory may make room for a log that is followed.
    if (status !== undefined && isReadOnce(status)) throw notRegular(path, status);
  }

  /** The log's sessions so far. A log that does not exist yet has none. */
  async #sessions({ signal }: LinkOptions): Promise<RunFinder> {
    const finder = new RunFinder();
    if (this.target.forgets) return finder;
    try {
      await new LogScan(this.log.path, finder, { signal }).finish();
    } catch {
      // The forwarding that follows reports the error.
    }
    return finder.again();
  }

  #fail(reason: unknown): void {
    this.error = reason instanceof Error ? reason : new Error(String(reason));
  }

  /** Reads on whenever the target has taken what was read, or enough of it. */
  async #pump(
    scan: LogScan,
    steps: AsyncGenerator<void>,
    send: (isAll: boolean) => Promise<boolean>,
    { follow, onProgress }: LinkOptions,
  ): Promise<void> {
    let sent = performance.now();
    for (;;) {
      const next = steps.next();
      if (follow && scan.bytesRead > this.bytes) {
        await Promise.race([next, pause(GATHER)]);
        if (performance.now() - sent >= GATHER) {
          // The log is read on meanwhile: records that come then are sent next time.
          const read = scan.bytesRead;
          if (!(await send(true))) return;
          this.bytes = read;
          sent = performance.now();
        }
      }
      const { done } = await next;
      if (!(await send(done === true))) return;
      if (done === true) this.bytes = scan.bytesRead;
      this.problems = scan.problems.count;
      onProgress?.(this, scan.bytesRead);
      if (done === true) return;
    }
  }

  /** Repeats an action that fails because the tool is down. False when it was given up: `error` says why. */
  async #patiently(
    attempt: () => Promise<void>,
    { follow, signal }: LinkOptions,
  ): Promise<boolean> {
    let wait = FIRST_PAUSE;
    for (let attempts = 1; ; attempts++) {
      try {
        await attempt();
        this.error = undefined;
        return true;
      } catch (error) {
        this.#fail(error);
        if (!isTemporary(error) || signal.aborted || (!follow && attempts >= ATTEMPTS))
          return false;
      }
      await pause(wait, undefined, { signal }).catch(() => {});
      wait = Math.min(2 * wait, LONGEST_PAUSE);
    }
  }
}

const PASSING = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'ESTALE']);

function isTemporary(error: unknown): boolean {
  if (error instanceof TemporaryError) return true;
  return error instanceof Error && 'code' in error && PASSING.has(String(error.code));
}

function stateOf(receiver: Receiver, scan: LogScan): LogEnd {
  if (receiver.isFinished) return 'finished';
  return scan.ringRecords > 0 ? 'killed' : 'running';
}
