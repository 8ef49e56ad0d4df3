/** Standard output, which may break, and must not take the program with it. */
import { DLLoggerError } from '../base/errors.js';

/** The first error of a write; nothing is printed after it. */
let broken: DLLoggerError | undefined;

export function stdoutError(): DLLoggerError | undefined {
  return broken;
}

/** Prints through process.stdout, in order with `console.log`; false once that is broken. */
export function print(text: string): boolean {
  if (broken !== undefined) return false;
  const { stdout } = process;
  // An 'error' event without a listener ends the program. Only errors of these writes are kept from that.
  const isUnheard = stdout.listenerCount('error') === 0;
  if (isUnheard) stdout.once('error', ignore);
  try {
    stdout.write(text, written);
  } catch (error) {
    breakDown(error as NodeJS.ErrnoException);
  } finally {
    if (isUnheard) stdout.off('error', ignore);
  }
  return broken === undefined;
}

/** Runs before the stream emits the error. */
function written(error: NodeJS.ErrnoException | null | undefined): void {
  if (error === null || error === undefined) return;
  if (process.stdout.listenerCount('error') === 0) process.stdout.once('error', ignore);
  breakDown(error);
}

function breakDown(error: NodeJS.ErrnoException): void {
  if (broken !== undefined) return;
  const code = error.code ?? 'ERR_DLLOGGER_STDOUT';
  const { errno = 0, syscall = 'write' } = error;
  broken = new DLLoggerError(
    code,
    `standard output cannot be written (${error.message}): StdOutBackend prints nothing more`,
    { errno: Math.abs(errno), syscall },
  );
  process.emitWarning(broken.message, { code });
}

function ignore(): void {}
