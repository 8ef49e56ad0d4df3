/** Lines that a failing disk does not take yet: in order, resumed at the exact byte, tried again later. */
import type { LineFile } from './line-file.js';

/** Bytes of lines that are kept; as much as the native ring. */
const MAX_SIZE = 2 ** 20;
/** Pauses between attempts at a failing disk, in milliseconds. */
const FIRST_PAUSE = 10;
const LAST_PAUSE = 1000;

export class Backlog {
  #lines: Buffer[] = [];
  #size = 0;
  /** How many bytes of the first line are in the file. */
  #done = 0;
  /** Milliseconds; 0 while no attempt has failed. */
  #pause = 0;
  /** By the monotonic clock: the wall clock may step back. */
  #nextAttempt = 0;
  #dropped = 0;
  #bytes = 0;

  /** Lines that are not in the file, or not all of them. */
  get length(): number {
    return this.#lines.length;
  }

  /** Lines that found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether the last attempt failed. */
  get isFailing(): boolean {
    return this.#pause > 0;
  }

  /** Whether the pause before the next attempt is over. */
  get isDue(): boolean {
    return this.#pause === 0 || performance.now() >= this.#nextAttempt;
  }

  /** Bytes of lines that are in the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Keeps a line; false when there is no room for it, which counts it as dropped.
   *
   * @param done how many bytes of the line are in the file; above 0 only for the first line.
   */
  add(line: Buffer, done = 0): boolean {
    // The first line is kept whatever its size: part of it may be in the file.
    if (this.#lines.length > 0 && this.#size + line.length > MAX_SIZE) {
      this.#dropped++;
      return false;
    }
    this.#lines.push(line);
    this.#size += line.length;
    if (done > 0) this.#done = done;
    return true;
  }

  /** @throws what the system says when it takes no more; the lines left are kept. */
  writeTo(file: LineFile): void {
    if (this.#done > 0) this.#takeBack(file);
    for (let line = this.#take(); line !== undefined; line = this.#take()) {
      const start = this.#done;
      this.#done = 0;
      let end = start;
      try {
        end += file.write(line.subarray(start));
      } finally {
        this.#bytes += end - start;
        if (end < line.length) this.#putBack(line, end);
      }
    }
    this.#pause = 0;
  }

  /**
   * Takes a line out before writing it: when a time limit (node:vm) ends the write, the line is lost rather than
   * written twice. Its log() has not returned.
   */
  #take(): Buffer | undefined {
    const line = this.#lines.shift();
    if (line !== undefined) this.#size -= line.length;
    return line;
  }

  #putBack(line: Buffer, done: number): void {
    this.#lines.unshift(line);
    this.#size += line.length;
    this.#done = done;
  }

  /** An attempt has failed: takes back part of a line, and puts off the next attempt. */
  failed(file: LineFile): void {
    if (this.#done > 0) this.#takeBack(file);
    this.#pause = Math.min(Math.max(this.#pause * 2, FIRST_PAUSE), LAST_PAUSE);
    this.#nextAttempt = performance.now() + this.#pause;
  }

  /** A full disk may have taken part of a line: readers are to see whole lines. */
  #takeBack(file: LineFile): void {
    const part = this.#lines[0]?.subarray(0, this.#done);
    if (part === undefined) return;
    const result = file.cut(part);
    // Where that part cannot be cut off, the rest of the line follows it, unless another process has appended
    // behind it.
    if (result === 'kept') return;
    if (result === 'cut') this.#bytes -= part.length;
    this.#done = 0;
  }

  /**
   * The log is another file now: the first line is written there from its beginning.
   *
   * @param lost earlier lines, which went to a file that has no name any more.
   */
  startAnew(lost: readonly string[]): void {
    this.#done = 0;
    const lines = lost.map((line) => Buffer.from(line, 'latin1'));
    for (const line of lines) this.#size += line.length;
    this.#lines.unshift(...lines);
  }
}
