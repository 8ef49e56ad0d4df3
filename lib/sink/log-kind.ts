/** What a file is, by its bytes: a log as loggers write it, a packed or wrapped one, or no log. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { DLLoggerError } from '../base/errors.js';
import { isSystemError } from './log-errors.js';
import { ringsOf } from './ring-place.js';

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** Number of first bytes that tell how a file is compressed. */
export const MAGIC_LENGTH: number = ZSTD.length;

/** The compression of a file that begins with these bytes. The file's name does not count. */
export function compressionOf(head: Buffer): 'gzip' | 'zstd' | undefined {
  if (begins(head, GZIP)) return 'gzip';
  return begins(head, ZSTD) ? 'zstd' : undefined;
}

/**
 * - `utf-16le`, `utf-16be`: text as PowerShell's `>` writes it
 * - `json-file`: a JSON line for each line, as Docker stores logs; long lines in pieces
 * - `cri`: a time, a stream and a tag before each line, as Kubernetes stores logs; long lines in pieces
 */
export type Wrapping = 'utf-16le' | 'utf-16be' | 'json-file' | 'cri';

const NUL = 0;
const NEWLINE = 0x0a;
/** How a record begins. */
const RECORD = Buffer.from('DLLL {');
/** A byte-order mark, or the first letters of every log. */
const UTF16_LE = [Buffer.from([0xff, 0xfe]), Buffer.from('DL', 'utf16le')];
const UTF16_BE = [Buffer.from([0xfe, 0xff]), Buffer.from('DL', 'utf16le').swap16()];
const JSON_FILE = Buffer.from('{"log":"');
/** The beginning of a line of the kind `cri`, with its stream and its tag. */
export const CRI = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) (stdout|stderr) ([FP]) /;
/** Number of bytes by which a line of CRI is recognised. */
const ENOUGH = 64;

/** The wrapping of a log with these first bytes; undefined when it has none, null when more bytes are needed. */
export function wrappingOf(head: Buffer, isWhole: boolean): Wrapping | undefined | null {
  if (begins(head, RECORD)) return undefined;
  if (UTF16_LE.some((one) => begins(head, one))) return 'utf-16le';
  if (UTF16_BE.some((one) => begins(head, one))) return 'utf-16be';
  if (begins(head, JSON_FILE)) return 'json-file';
  if (CRI.test(head.toString('latin1', 0, ENOUGH))) return 'cri';
  return isWhole || head.length >= ENOUGH || head.includes(NEWLINE) ? undefined : null;
}

function begins(head: Buffer, wanted: Buffer): boolean {
  return head.subarray(0, wanted.length).equals(wanted);
}

/** Whether a log that begins with these bytes has the file's lines as its lines. */
export function isPlainHead(head: Buffer): boolean {
  return compressionOf(head) === undefined && wrappingOf(head, true) === undefined;
}

/**
 * Whether records of a log may be missing, or its end be unfinished. False for a compressed or wrapped log, which no
 * logger writes.
 *
 * @throws DLLoggerError for a file that is no log: an unfinished last line of it must not get a newline.
 */
export function mayLack(path: string): boolean {
  if (ringsOf(path).length > 0) return true;
  let file: number | undefined;
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return true;
    file = openSync(path, 'r');
    return mayLackIn(file, path);
  } catch (error) {
    // What is no file, or cannot be read, is for recovery to report.
    if (!isSystemError(error)) throw error;
    return true;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const PIECE = 2 ** 18;

/** A log holds a record, or the beginning of one at its end. NUL bytes alone are what a power cut leaves of a log. */
function mayLackIn(file: number, path: string): boolean {
  const memory = Buffer.allocUnsafe(PIECE);
  let hasText = false;
  /** Bytes of the piece before, with which a record or an unfinished line may begin. */
  let kept = 0;
  for (let offset = 0; ; ) {
    const size = readSync(file, memory, kept, PIECE - kept, offset);
    const piece = memory.subarray(0, kept + size);
    if (size === 0) {
      const lastLine = piece.subarray(piece.lastIndexOf(NEWLINE) + 1);
      const isBegun = lastLine.length > 0 && begins(RECORD, lastLine);
      if (isBegun || !hasText) return true;
      const message = `"${path}" is not a DLLL log: none of its lines is a record ("DLLL {...}")`;
      throw new DLLoggerError('ERR_DLLOGGER_NOT_A_LOG', message, { path });
    }
    if (offset === 0 && !isPlainHead(piece.subarray(0, ENOUGH))) return false;
    if (piece.includes(RECORD)) return true;
    hasText ||= piece.some((byte) => byte !== NUL && byte !== NEWLINE);
    offset += size;
    kept = Math.min(piece.length, RECORD.length);
    piece.copy(memory, 0, piece.length - kept);
  }
}
