/** Words for a log that cannot be opened. */
import { DLLoggerError, systemError } from '../errors.js';

/** @param holder process id of the live run that is writing the log, where that is the reason. */
export function openError(
  path: string,
  fault: { readonly errno: number; readonly syscall: string },
  holder?: number,
): DLLoggerError {
  if (holder !== undefined) return inUseError(path, holder);
  const code = systemError('', { ...fault, path }).code;
  return systemError('cannot open log', { ...fault, path }, ADVICE[code]);
}

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'create its directory first',
  ENOTDIR: 'a part of its path is a file',
  EISDIR: 'name a file in it',
  EACCES: 'choose a place where this user may write',
  EMFILE: 'close logs that are no longer used, or raise the limit on open files',
};

/** Truncating a log under the hands of its writer would destroy its run. */
export function inUseError(path: string, holder: number): DLLoggerError {
  const advice =
    holder === process.pid
      ? 'another backend of this process is writing it: close() that one first'
      : `process ${holder} is writing it: wait for its end`;
  return new DLLoggerError(
    'ERR_DLLOGGER_LOG_IN_USE',
    `cannot truncate log "${path}": ${advice}, choose another file, or open it with ` +
      '{ append: true }',
    { path },
  );
}

/** For a record that comes after close(), or was being built when it came. */
export function closedError(path: string): DLLoggerError {
  return new DLLoggerError(
    'ERR_DLLOGGER_CLOSED',
    `log "${path}" is closed: nothing can be logged to it any more; open a new JSONStreamBackend ` +
      'with { append: true } to go on',
    { path },
  );
}
