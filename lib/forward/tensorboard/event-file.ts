import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectory } from '../../base/directory.js';
import { asSystemError } from '../../base/errors.js';
import { maskedCrc32c } from '../crc32c.js';
import { FOOTER, HEADER } from './events.js';

/** Limit on files with other content whose names are passed over. */
const MAX_FILES = 1000;
const CHUNK = 2 ** 18;

/**
 * A file of events that is made again from its log each time. Frames that are in the file already are compared, not
 * written: so the file itself shows how far an earlier call came, also one that was killed. An unfinished frame is
 * overwritten. A file with other content stays as it is, and the next name is taken.
 */
export class EventFile {
  readonly #path: string;
  #file: FileHandle | undefined;
  #number = 0;
  /** How many bytes of the file are events of the log. */
  #offset = 0;
  /** How many bytes of the file this object has written. */
  written = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The file's path, with the number in its name. */
  get path(): string {
    return this.#number === 0 ? this.#path : `${this.#path}.${this.#number}`;
  }

  /** Whether a file with other content had the name. */
  get isBesideOthers(): boolean {
    return this.#number > 0;
  }

  /**
   * Appends whole frames, or finds them in the file.
   *
   * @throws DLLoggerError when the file cannot be read or written. The call may be repeated.
   */
  async append(frames: Uint8Array): Promise<void> {
    try {
      await this.#append(frames);
    } catch (error) {
      // An error of opening names the path, or a directory of it; an error of writing names none.
      const { path = this.path } = error as NodeJS.ErrnoException;
      throw asSystemError('cannot write', path, error);
    }
  }

  async #append(frames: Uint8Array): Promise<void> {
    this.#file ??= await this.#open();
    // After a failure the file has some of the frames.
    const begin = this.#offset;
    while (this.#offset < begin + frames.length) {
      const rest = frames.subarray(this.#offset - begin);
      const there = await read(this.#file, this.#offset, rest.length);
      if (there.length === 0) {
        await this.#write(this.#file, rest);
        continue;
      }
      const same = equalBytes(there, rest);
      this.#offset += same;
      if (same === there.length) continue;
      const frame = begin + startOfFrame(frames, this.#offset - begin);
      if (frame > 0 && (await isTorn(this.#file, frame))) {
        await this.#file.truncate(frame);
        this.#offset = frame;
      } else {
        await this.#takeNextName(this.#file);
      }
    }
  }

  /** Continues in the file of the next name, if it holds only events of the log so far, or in a new file. */
  async #takeNextName(other: FileHandle): Promise<void> {
    const known = this.#offset;
    for (;;) {
      if (++this.#number > MAX_FILES) {
        throw new Error(`${dirname(this.#path)} holds ${MAX_FILES} files of other logs`);
      }
      const file = await this.#open();
      this.#offset = 0;
      while (this.#offset < known) {
        const expected = await read(other, this.#offset, Math.min(CHUNK, known - this.#offset));
        const there = await read(file, this.#offset, expected.length);
        if (there.length === 0) await this.#write(file, expected);
        else if (equalBytes(there, expected) < there.length) break;
        else this.#offset += there.length;
      }
      if (this.#offset < known) {
        await file.close();
        continue;
      }
      await other.close();
      this.#file = file;
      return;
    }
  }

  async #open(): Promise<FileHandle> {
    makeDirectory(dirname(this.#path));
    return open(this.path, 'a+');
  }

  async #write(file: FileHandle, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, at, bytes.length - at, null);
      at += bytesWritten;
      this.#offset += bytesWritten;
      this.written += bytesWritten;
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

async function read(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

/** How many bytes at the beginning of both are equal. */
function equalBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  if (Buffer.compare(a.subarray(0, length), b.subarray(0, length)) === 0) return length;
  let same = 0;
  while (a[same] === b[same]) same++;
  return same;
}

/** The offset at which the frame around a byte begins. */
function startOfFrame(frames: Uint8Array, at: number): number {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  let start = 0;
  for (;;) {
    const end = start + HEADER + view.getUint32(start, true) + FOOTER;
    if (end > at) return start;
    start = end;
  }
}

/** Whether the bytes of a file from an offset on are an unfinished frame. */
async function isTorn(file: FileHandle, start: number): Promise<boolean> {
  const header = await read(file, start, HEADER);
  if (header.length < HEADER) return true;
  const view = new DataView(header.buffer, header.byteOffset, HEADER);
  if (view.getUint32(8, true) !== maskedCrc32c(header, 0, 8)) return true;
  const length = view.getUint32(0, true);
  const data = await read(file, start + HEADER, length + FOOTER);
  if (data.length < length + FOOTER) return true;
  const sum = new DataView(data.buffer, data.byteOffset + length, FOOTER).getUint32(0, true);
  return sum !== maskedCrc32c(data, 0, length);
}
