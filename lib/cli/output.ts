import { fstatSync, writeSync } from 'node:fs';
import { styleText } from 'node:util';
import { asSystemError } from '../base/errors.js';
import { printable } from './escape.js';

export type Style = Parameters<typeof styleText>[0];

/** Width of a line where neither a terminal nor COLUMNS gives one. */
const DEFAULT_COLUMNS = 80;

/** Standard output and standard error of a command: what they can show, and writing to them. */
export class Output {
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Whether colours are wanted: a terminal, and no NO_COLOR; or FORCE_COLOR. */
  readonly hasColors: boolean;
  readonly #out: NodeJS.WriteStream;
  readonly #err: NodeJS.WriteStream;
  /** The descriptor of standard output where that is a file. */
  readonly #descriptor: number | undefined;

  /** Whether something was written to standard output. */
  hasBegun = false;
  /** Whether an error was printed. The command's exit code then says so. */
  hasFailed = false;

  /** @param hasColors Whether there may be colours. */
  constructor({ hasColors = true } = {}) {
    const { stdout: out, stderr: err } = process;
    this.#out = out;
    this.#err = err;
    this.#descriptor = fileOf(out);
    this.isTerminal = out.isTTY === true;
    this.hasColors = hasColors && wantsColors(this.isTerminal);
    out.on('error', (error: NodeJS.ErrnoException) => this.#end(error));
    err.on('error', () => process.exit(2));
  }

  /** Characters of a line; changes with the terminal's size. */
  get columns(): number {
    return Number.isFinite(this.room) ? this.room : DEFAULT_COLUMNS;
  }

  /** Limit on the characters of a line: the terminal's width or COLUMNS; without either there is no limit. */
  get room(): number {
    if (this.isTerminal && this.#out.columns > 0) return this.#out.columns;
    const columns = Number(process.env.COLUMNS);
    return Number.isInteger(columns) && columns > 0 ? columns : Number.POSITIVE_INFINITY;
  }

  /** Whether standard error is a terminal, where progress can be shown. */
  get showsProgress(): boolean {
    return this.#err.isTTY === true;
  }

  /** Writes text; resolves when there is room for more. */
  write(text: string | Buffer): Promise<void> {
    this.hasBegun = true;
    if (this.#descriptor !== undefined) {
      try {
        writeAll(this.#descriptor, typeof text === 'string' ? Buffer.from(text) : text);
      } catch (error) {
        this.#end(error as NodeJS.ErrnoException);
      }
      return DONE;
    }
    if (this.#out.write(text)) return DONE;
    return new Promise((resolve) => {
      this.#out.once('drain', resolve);
    });
  }

  /** Writes a line. */
  print(line = ''): Promise<void> {
    return this.write(`${line}\n`);
  }

  /** Writes an answer as JSON. Maps become objects, typed arrays lists, NaN and infinities null. */
  json(value: unknown): Promise<void> {
    return this.print(JSON.stringify(value, plain, this.isTerminal ? 2 : undefined));
  }

  /** Standard output can no longer be written: the rest of the command would be in vain. */
  #end(error: NodeJS.ErrnoException): void {
    // A reader that has seen enough (`| head`) ends the command, quietly.
    if (error.code === 'EPIPE') process.exit(this.hasFailed ? 2 : 0);
    this.fail(asSystemError('cannot write', 'standard output', error));
    process.exit(2);
  }

  /** Prints an error on standard error. */
  fail(error: unknown): void {
    this.hasFailed = true;
    this.warn(error instanceof Error ? error.message : String(error));
  }

  /** Writes a line to standard error, safe to print. */
  warn(line: string): void {
    this.#err.write(`dllogger: ${printable(line)}\n`);
  }

  /** Text in a colour or another style, where colours are wanted. */
  style(style: Style, text: string): string {
    return this.hasColors ? styleText(style, text, { validateStream: false }) : text;
  }
}

/**
 * Writes all of the bytes to a file. The streams of Node ignore a short write to a file, such as to a disk with little
 * room: part of the text would be missing.
 *
 * @throws the error of the system.
 */
export function writeAll(descriptor: number, bytes: Buffer): void {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
}

/** An error for scripts. */
export function errorJson(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message } = error;
  const { code, path } = error as NodeJS.ErrnoException;
  return { message, ...(code !== undefined && { code }), ...(path !== undefined && { path }) };
}

function fileOf({ fd }: { readonly fd?: number }): number | undefined {
  try {
    return fd !== undefined && fstatSync(fd).isFile() ? fd : undefined;
  } catch {
    return undefined;
  }
}

const DONE = Promise.resolve();

function wantsColors(isTerminal: boolean): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0';
  return isTerminal && TERM !== 'dumb';
}

/** Own properties only, `__proto__` among them. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  return value;
}
