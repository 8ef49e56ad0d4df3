import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { LogTable } from '../plot/log-table.js';
import type { RunState } from '../plot/protocol.js';
import { Scan, type Sink } from '../reader/scan.js';

/** A log that grew within so many milliseconds is live. */
const LIVE_MS = 10_000;
/** One that did not for so long is read once, and held open no more, until it changes again. */
const RESTING_MS = 600_000;
/** What is compressed was written to its end; it is read anew where it changes. */
const COMPRESSED_NAME = /\.(gz|zst)$/i;
const LOOK_MS = 1000;

/** What identifies a state of a file. */
interface Look {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
}

/** A log that is followed. Whatever becomes of its file, what was read of it stays. */
export class LiveLog {
  readonly path: string;
  readonly name: string;
  /** What the log holds; another table when it was cut, or another file took its name. */
  table = new LogTable();
  problems = 0;
  /** What is being read to take the table's place. */
  #incoming: LogTable | undefined;
  #progress = 1;
  #error = '';
  /** When the file changed last; undefined where it is not there. */
  #changedAt: number | undefined;

  constructor(path: string, name: string) {
    this.path = path;
    this.name = name;
  }

  get state(): RunState {
    if (this.#error !== '') return 'failed';
    if (this.#changedAt === undefined) return this.table.records === 0 ? 'waiting' : 'gone';
    if (this.#progress < 1) return 'reading';
    return Date.now() - this.#changedAt < LIVE_MS ? 'live' : 'idle';
  }

  /** What there is to say about the state; empty where there is nothing. */
  get note(): string {
    return this.#progress < 1 ? `${Math.floor(this.#progress * 100)} % read` : this.#error;
  }

  /** Reads what is there, and then what comes, until the signal; never throws. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const before = await this.look();
      if (before !== undefined) {
        const isResting =
          Date.now() - before.mtimeMs > RESTING_MS || COMPRESSED_NAME.test(this.path);
        try {
          await this.#read(before, !isResting, signal);
        } catch (error) {
          this.#error = error instanceof Error ? error.message : String(error);
          this.#progress = 1;
        }
      }
      await this.#changed(before, signal);
      this.#error = '';
    }
  }

  /** Looks at the file, which tells whether it is there and when it changed. */
  async look(): Promise<Look | undefined> {
    const now = await stat(this.path).catch(() => undefined);
    this.#changedAt = now?.mtimeMs;
    return now;
  }

  async #read({ size }: Look, follow: boolean, signal: AbortSignal): Promise<void> {
    let target = size;
    let readBefore = 0;
    const begin = () => {
      this.problems = 0;
      this.#progress = 0;
      this.#incoming = new LogTable();
    };
    const onRestart = () => {
      readBefore = scan.bytesRead;
      target = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
      begin();
    };
    begin();
    const sink: Sink = {
      flat: (record, line, offset, length) =>
        (this.#incoming ?? this.table).flat(record, line, offset, length),
      entry: (entry) => (this.#incoming ?? this.table).entry(entry),
      problem: () => this.problems++,
    };
    const scan = new Scan(this.path, sink, { follow, signal, onRestart });
    for await (const _ of scan.steps()) {
      if (this.#progress < 1) this.#advance(scan.bytesRead - readBefore, target);
      // Whoever asks for curves gets his turn between two pieces of a large log.
      await breathe();
    }
    this.#advance(1, 1);
  }

  /** The first content shows as it comes; what takes another's place only when it is whole. */
  #advance(bytes: number, target: number): void {
    this.#progress = bytes < target ? bytes / target : 1;
    const incoming = this.#incoming;
    if (incoming === undefined || (this.table.records > 0 && this.#progress < 1)) return;
    this.table = incoming;
    this.#incoming = undefined;
  }

  async #changed(before: Look | undefined, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
      const now = await this.look();
      if (now === undefined ? before !== undefined : !isSame(now, before)) return;
    }
  }
}

function isSame(now: Look, before: Look | undefined): boolean {
  return (
    before !== undefined &&
    now.size === before.size &&
    now.mtimeMs === before.mtimeMs &&
    now.ino === before.ino
  );
}
