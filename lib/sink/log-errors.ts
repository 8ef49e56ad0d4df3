/** Words for a log that cannot be opened, written or recovered, and for records that are missing from it. */

import { DLLoggerError, type LossCounts, type SystemFault, systemError } from '../base/errors.js';
import { plural } from '../base/plural.js';

export function openError(
  path: string,
  fault: { readonly errno: number; readonly syscall: string },
): DLLoggerError {
  return systemError('cannot open log', { ...fault, path }, adviceFor(fault, path));
}

function adviceFor(fault: { readonly errno: number; readonly syscall: string }, path: string) {
  if (fault.syscall === 'pthread_create') return NO_THREAD;
  return ADVICE[systemError('', { ...fault, path }).code];
}

/** The error for a log that cannot be recovered. */
export function recoverError(
  path: string,
  fault: { readonly errno: number; readonly syscall: string },
): DLLoggerError {
  const { code } = systemError('', { ...fault, path });
  const advice = RECOVERY_ADVICE[code] ?? adviceFor(fault, path);
  return systemError('cannot recover log', { ...fault, path }, advice);
}

const RECOVERY_ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'neither the log nor a ring file of it is there',
  EACCES: 'recover it as a user who may write it',
};

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'create its directory first (the option mkdir does so)',
  ENOTDIR: 'a part of its path is a file',
  EISDIR: 'name a file in it',
  EACCES: 'choose a place where this user may write',
  EMFILE: 'close logs that are no longer used, or raise the limit on open files (ulimit -n)',
  ENFILE:
    'the system has no more open files: close logs that are no longer used, or raise fs.file-max',
  ENOMEM: 'close logs that are no longer used, or allow more memory (ulimit -v): a log takes 1 MiB',
};

const NO_THREAD =
  'each log has a thread: close logs that are no longer used, or raise the limit on threads ' +
  '(ulimit -u, pids.max of the control group) or on memory (ulimit -v)';

/** The error for truncating a log that has a live writer: the run's records would be lost. */
export function inUseError(path: string, { holder, isForeign }: LogHolder): DLLoggerError {
  const doing = isForeign
    ? 'has a lock on it and is not a DLLogger: have it release the lock'
    : 'is writing it: wait for its end';
  const advice =
    holder === process.pid && !isForeign
      ? 'another backend of this process is writing it: close() that one first'
      : `${nameOf(holder)} ${doing}`;
  return new DLLoggerError(
    'ERR_DLLOGGER_LOG_IN_USE',
    `cannot truncate log "${path}": ${advice}, choose another file, or open it with ` +
      '{ append: true }',
    { path },
  );
}

/** The error for a log whose append lock another process, which may be stopped, holds for long. */
export function stuckError(path: string, { holder, isForeign }: LogHolder): DLLoggerError {
  const doing = isForeign
    ? 'has a lock on it and is not a DLLogger: have it release the lock'
    : 'has begun to write to it and does not finish; it may be stopped, or its disk may hang: let ' +
      'it go on, end it';
  return new DLLoggerError(
    'ERR_DLLOGGER_LOG_IN_USE',
    `cannot open log "${path}": ${nameOf(holder)} ${doing}, or choose another file`,
    { path },
  );
}

/** The holder of a log's lock. */
interface LogHolder {
  /** Its process id, where the system tells it. */
  readonly holder?: number;
  /** Whether the process is no writer of this package. */
  readonly isForeign: boolean;
}

function nameOf(holder: number | undefined): string {
  if (holder === process.pid) return 'this process';
  return holder === undefined ? 'another process' : `process ${holder}`;
}

/** The error for a record that comes after close(), or was being built at close(). */
export function closedError(path: string): DLLoggerError {
  return new DLLoggerError(
    'ERR_DLLOGGER_CLOSED',
    `log "${path}" is closed: nothing can be logged to it any more; open a new JSONStreamBackend ` +
      'with { append: true } to go on',
    { path },
  );
}

/** What brings a log that has met such an error back into being written. */
const REMEDY: Readonly<Record<string, string>> = {
  // The shell's ulimit does not reach a process that runs. A file system has a limit, too, which cannot be raised.
  EFBIG:
    'rename the log and reopen() it, or raise the limit of the process on the size of a file: ' +
    (process.platform === 'linux'
      ? `as root by prlimit --fsize=unlimited --pid ${process.pid}, or by ulimit -f before the next start`
      : 'by ulimit -f before the next start'),
};

function cannotWrite(fault: SystemFault & Partial<LossCounts>, consequence: string): DLLoggerError {
  const remedy = REMEDY[systemError('', fault).code];
  const advice = remedy === undefined ? consequence : `${consequence}; ${remedy}`;
  return systemError('cannot write log', fault, advice);
}

/**
 * The error for a log that cannot be written, or could not: counts the records that are not in it. The remedy is told
 * while records wait.
 */
export function writeError(path: string, fault: Omit<SystemFault, 'path'>, lost: LossCounts) {
  const { unsaved, dropped } = lost;
  const told = { ...fault, path, unsaved, dropped };
  if (unsaved === 0) {
    const drops = dropped === 0 ? '' : `${plural(dropped, 'record was', 'records were')} dropped`;
    return systemError('cannot write log', told, drops);
  }
  const drops = dropped === 0 ? '' : `, ${plural(dropped, 'was', 'were')} dropped`;
  const waiting = `${plural(unsaved, 'record waits', 'records wait')} in memory${drops}`;
  return cannotWrite(told, waiting);
}

/** What a process that ends says of a log that it could not write; empty if all records are in the log. */
export function lossText(
  path: string,
  fault: { readonly errno?: number; readonly syscall?: string } | undefined,
  { unsaved, dropped }: LossCounts,
): string {
  const words: string[] = [];
  if (fault !== undefined) {
    const { errno = 0, syscall = 'write' } = fault;
    const reason = systemError('cannot write log', { errno, syscall, path }).message;
    words.push(`${plural(unsaved, 'record is', 'records are')} not saved: ${reason}`);
  }
  if (dropped > 0) {
    const records = plural(dropped, 'record was', 'records were');
    words.push(`${records} dropped while log "${path}" could not be written`);
  }
  return words.join('; ');
}

/** The error for records that the writer could not read, since their memory had been overwritten. */
export function damageError(path: string, lost: LossCounts): DLLoggerError {
  const { dropped } = lost;
  return new DLLoggerError(
    'ERR_DLLOGGER_RING_DAMAGED',
    `records of log "${path}" were damaged in memory before they were written` +
      (dropped === 0 ? '' : `, ${plural(dropped, 'record is', 'records are')} lost`) +
      ': look for code that writes into memory that is not its own; open the log again to go on',
    { path, ...lost },
  );
}

/** Warns once for each time that writing begins to fail: training goes on, and its output is not flooded. */
export function warnOfFault(
  path: string,
  fault: { readonly errno?: number; readonly syscall?: string },
): void {
  const waiting = 'up to 1 MiB of records waits in memory until it can be, and more are dropped';
  const { errno = 0, syscall = 'write' } = fault;
  const error = cannotWrite({ errno, syscall, path }, waiting);
  process.emitWarning(error.message, { code: error.code });
}

interface SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
}

/** Whether an error is Node's for a failed system call. */
export function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'errno' in error && 'syscall' in error;
}

/** Node counts its errno downwards. */
export function faultOf(error: SystemError): { errno: number; syscall: string } {
  return { errno: -error.errno, syscall: error.syscall };
}
