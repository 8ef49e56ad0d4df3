/** The end of a log that is opened for appending; the rules are those of LogFile in native/log/file.h. */
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { isSystemError } from './log-errors.js';

const NEWLINE = 0x0a;
const PIECE = 256 * 1024;

/**
 * Milliseconds since the file's last change after which an unfinished line counts as left by a killed writer.
 * JavaScript has no file locks, and a line that another process is still writing looks the same.
 */
const SETTLED = 1000;
const PAUSE = 10;
/** Milliseconds after which a line that keeps growing is left to its writer. */
const PATIENCE = 10_000;

/**
 * Makes a file end with a whole line: an unfinished line gets its newline, and stays. Nothing is cut, since another
 * program may have written the line.
 *
 * @returns the size of that line in bytes; 0 where there was none.
 */
export function repairTail(descriptor: number): number {
  const size = settledSize(descriptor);
  if (size === undefined) return 0;
  const start = lastLineStart(descriptor, size);
  writeSync(descriptor, '\n');
  return size - start;
}

/** The same for a log that is not open. */
export function repairLog(path: string): number {
  const descriptor = openSync(path, constants.O_RDWR | constants.O_APPEND);
  try {
    return repairTail(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The size of a file that no process is writing to; undefined when it ends with a newline. */
function settledSize(descriptor: number): number | undefined {
  const began = performance.now();
  let since = began;
  for (let seen = -1; ; pause(PAUSE)) {
    const { size, mtimeMs } = fstatSync(descriptor);
    if (endsLine(descriptor, size)) return undefined;
    const now = performance.now();
    if (size !== seen) since = now;
    seen = size;
    // By the file system's clock, or by the monotonic clock where the file system's is wrong.
    if (Date.now() - mtimeMs >= SETTLED || now - since >= SETTLED) return size;
    if (now - began >= PATIENCE) return undefined;
  }
}

function endsLine(descriptor: number, size: number): boolean {
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  try {
    return readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] === NEWLINE;
  } catch (error) {
    // A log without read permission: its end cannot be read.
    if (isSystemError(error) && error.code === 'EBADF') return true;
    throw error;
  }
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** The offset behind the last newline. */
function lastLineStart(descriptor: number, size: number): number {
  const piece = Buffer.alloc(PIECE);
  for (let end = size; end > 0; ) {
    const length = Math.min(PIECE, end);
    readSync(descriptor, piece, 0, length, end - length);
    const newline = piece.subarray(0, length).lastIndexOf(NEWLINE);
    if (newline !== -1) return end - length + newline + 1;
    end -= length;
  }
  return 0;
}
