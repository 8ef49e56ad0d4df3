/** A file that a command makes: at its path it is complete, or does not exist. */
import { randomBytes } from 'node:crypto';
import { close, openSync, write } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ByteSink } from '../base/byte-sink.js';
import { asSystemError, DLLoggerError } from '../base/errors.js';
import { UsageError } from './command.js';
import { type Output, writeAll } from './output.js';
import { removeAtEnd } from './temporary.js';

/** Number of bytes that are gathered before they are written. */
const BUFFER_SIZE = 2 ** 20;
/** Number of characters that are gathered before they become bytes: many short texts cost one conversion. */
const TEXT_SIZE = 2 ** 16;
/** From so many bytes on they are written to a file as they are, rather than gathered. */
const LARGE = 2 ** 16;

/** Somewhere to write bytes to. `finish` or `discard` ends it. */
export interface OutFile extends ByteSink {
  /** Writes the rest, and puts the file in its place. */
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

/**
 * Opens what `-o` names; `-` is standard output.
 *
 * @throws UsageError when the path is that of one of `inputs`; DLLoggerError when the file cannot be written.
 */
export async function openOutFile(
  path: string,
  inputs: readonly string[],
  output: Output,
): Promise<OutFile> {
  if (path === '-') return new StandardOutput(output);
  for (const input of inputs) {
    if (input !== '-' && (await isSameFile(input, path))) {
      throw new UsageError(`the output "${path}" is one of the logs to read: name another file`);
    }
  }
  return NewFile.open(path);
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  try {
    const [one, other] = await Promise.all([stat(a), stat(b)]);
    return one.dev === other.dev && one.ino === other.ino;
  } catch {
    return false;
  }
}

/** UTF-8 has at most so many bytes for a code unit of UTF-16. */
const MAX_BYTES_PER_UNIT = 3;

/** Bytes that are not written yet, in one piece of memory. */
class Gathered {
  #memory = Buffer.alloc(0);
  #size = 0;
  /** The texts behind the bytes. */
  #text = '';

  get isMuch(): boolean {
    return this.#size >= BUFFER_SIZE;
  }

  /** The bytes. They stay as they are until `add()` follows `clear()`. */
  get bytes(): Buffer {
    this.#encode();
    return this.#memory.subarray(0, this.#size);
  }

  add(bytes: Buffer | string): void {
    if (typeof bytes === 'string') {
      this.#text += bytes;
      if (this.#text.length >= TEXT_SIZE) this.#encode();
    } else {
      this.#encode();
      this.#reserve(bytes.length);
      this.#memory.set(bytes, this.#size);
      this.#size += bytes.length;
    }
  }

  /** Begins anew, in the same memory. */
  clear(): void {
    this.#size = 0;
    this.#text = '';
  }

  #encode(): void {
    const text = this.#text;
    if (text === '') return;
    this.#text = '';
    // Counting the bytes is left out where there is room in any case.
    const most = this.#size + MAX_BYTES_PER_UNIT * text.length;
    if (most > this.#memory.length) this.#reserve(Buffer.byteLength(text));
    this.#size += this.#memory.write(text, this.#size);
  }

  /** Makes room for more bytes. */
  #reserve(bytes: number): void {
    const needed = this.#size + bytes;
    const { length } = this.#memory;
    if (needed <= length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * length, BUFFER_SIZE));
    larger.set(this.#memory.subarray(0, this.#size));
    this.#memory = larger;
  }
}

class StandardOutput implements OutFile {
  readonly #output: Output;
  #gathered = new Gathered();

  constructor(output: Output) {
    this.#output = output;
  }

  write(bytes: Buffer | string): void {
    this.#gathered.add(bytes);
  }

  async drain(): Promise<void> {
    if (this.#gathered.isMuch) await this.finish();
  }

  finish(): Promise<void> {
    const { bytes } = this.#gathered;
    // A pipe may take the bytes later.
    this.#gathered = new Gathered();
    return this.#output.write(bytes);
  }

  async discard(): Promise<void> {}
}

const writeTo = promisify(write);
const closeFile = promisify(close);

/** Written under a temporary name beside the path, and renamed at the end. */
export class NewFile implements OutFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #descriptor: number;
  /** Whether the file is one of its own, and no pipe or device. */
  readonly #isRegular: boolean;
  #isOpen = true;
  readonly #gathered = new Gathered();
  /** Ends the removal of the temporary file at the process's end. */
  readonly #keep: () => void;

  private constructor(path: string, temporary: string, descriptor: number, keep: () => void) {
    this.#path = path;
    this.#temporary = temporary;
    this.#descriptor = descriptor;
    this.#isRegular = temporary !== path;
    this.#keep = keep;
  }

  /** The file has the permissions of the one it replaces, or the usual ones. */
  static async open(path: string): Promise<NewFile> {
    let keep = () => {};
    try {
      const target = await targetOf(path);
      const isFile = target.mode === undefined || target.isFile;
      // A pipe or a device is written as it is.
      if (!isFile) return new NewFile(target.path, target.path, openSync(target.path, 'w'), keep);
      const temporary = `${target.path}.${randomBytes(4).toString('hex')}.tmp`;
      keep = removeAtEnd(temporary);
      // Synchronously: no signal is handled between the removal's registration and the file.
      const descriptor = openSync(temporary, 'wx', target.mode ?? 0o666);
      return new NewFile(target.path, temporary, descriptor, keep);
    } catch (error) {
      keep();
      throw writeError(path, error);
    }
  }

  /** @throws DLLoggerError when the file cannot be written. */
  write(bytes: Buffer | string): void {
    if (this.#isRegular && typeof bytes !== 'string' && bytes.length >= LARGE) {
      this.#flushNow();
      this.#writeNow(bytes);
      return;
    }
    this.#gathered.add(bytes);
    // At once, while the processor's caches have the bytes. A pipe might block the process for ever.
    if (this.#isRegular && this.#gathered.isMuch) this.#flushNow();
  }

  async drain(): Promise<void> {
    if (this.#gathered.isMuch) await this.#flush();
  }

  #flushNow(): void {
    this.#writeNow(this.#gathered.bytes);
    this.#gathered.clear();
  }

  #writeNow(bytes: Buffer): void {
    try {
      writeAll(this.#descriptor, bytes);
    } catch (error) {
      throw writeError(this.#path, error);
    }
  }

  async #flush(): Promise<void> {
    if (this.#isRegular) return this.#flushNow();
    let rest = this.#gathered.bytes;
    try {
      while (rest.length > 0) {
        const { bytesWritten } = await writeTo(this.#descriptor, rest);
        rest = rest.subarray(bytesWritten);
      }
      this.#gathered.clear();
    } catch (error) {
      throw writeError(this.#path, error);
    }
  }

  async finish(): Promise<void> {
    await this.#flush();
    try {
      await this.#close();
      if (this.#temporary !== this.#path) await rename(this.#temporary, this.#path);
      this.#keep();
    } catch (error) {
      throw writeError(this.#path, error);
    }
  }

  /** Closes the descriptor once: the system gives a closed descriptor's number to another file. */
  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await closeFile(this.#descriptor);
  }

  async discard(): Promise<void> {
    await this.#close().catch(() => {});
    if (this.#temporary !== this.#path) await rm(this.#temporary, { force: true });
    this.#keep();
  }
}

/** The file that a path leads to, links followed. */
async function targetOf(path: string) {
  try {
    const target = await realpath(path);
    const status = await stat(target);
    if (status.isDirectory()) {
      throw new DLLoggerError('EISDIR', `cannot write "${path}": it is a directory`, { path });
    }
    return { path: target, isFile: status.isFile(), mode: status.mode & 0o777 };
  } catch (error) {
    if (error instanceof DLLoggerError) throw error;
    return { path, isFile: true, mode: undefined };
  }
}

function writeError(path: string, error: unknown): unknown {
  return asSystemError('cannot write', path, error);
}
