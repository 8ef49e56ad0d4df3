import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** What went wrong, for programs: a system error's own name (`'ENOSPC'`), or a code of this package. */
export type DLLoggerErrorCode =
  | 'ERR_DLLOGGER_NOT_INITIALIZED'
  | 'ERR_DLLOGGER_ALREADY_INITIALIZED'
  | 'ERR_DLLOGGER_CLOSED'
  | 'ERR_DLLOGGER_LOG_IN_USE'
  | 'ERR_DLLOGGER_FORMAT'
  | 'ERR_DLLOGGER_RECORD_TOO_LARGE'
  | 'ERR_DLLOGGER_NO_BINARY'
  | 'ERR_DLLOGGER_RING_VERSION'
  | 'ERR_DLLOGGER_RING_DAMAGED'
  | 'ERR_DLLOGGER_NOT_A_LOG'
  | 'ERR_DLLOGGER_BAD_LINE'
  | 'ERR_DLLOGGER_COMPRESSED'
  | (string & {});

/** A failed system call. */
export interface SystemFault {
  /** Positive `errno` of the failed call. */
  readonly errno: number;
  /** The call, for instance `'open'`. */
  readonly syscall: string;
  /** The file that the call was made on. */
  readonly path: string;
}

/** Records that are missing from a log that cannot be written. */
export interface LossCounts {
  /** Records that wait in memory. */
  readonly unsaved: number;
  /** Records that were dropped. */
  readonly dropped: number;
}

/** Every error of this package that is not about the type of an argument (those are `TypeError`). */
export class DLLoggerError extends Error {
  /** The class's name. */
  override readonly name: string = 'DLLoggerError';
  /** Stable, for programs; the message is for people and may change. */
  readonly code: DLLoggerErrorCode;
  /** Positive `errno`, when a system call failed. */
  declare readonly errno?: number;
  /** The failed system call. */
  declare readonly syscall?: string;
  /** The log file that the error is about. */
  declare readonly path?: string;
  /** Records that wait in memory, when the log cannot be written. */
  declare readonly unsaved?: number;
  /** Records dropped so far, because the log could not be written. */
  declare readonly dropped?: number;

  constructor(
    code: DLLoggerErrorCode,
    message: string,
    fault: Partial<SystemFault & LossCounts> = {},
  ) {
    super(message);
    this.code = code;
    if (fault.errno !== undefined) this.errno = fault.errno;
    if (fault.syscall !== undefined) this.syscall = fault.syscall;
    if (fault.path !== undefined) this.path = fault.path;
    if (fault.unsaved !== undefined) this.unsaved = fault.unsaved;
    if (fault.dropped !== undefined) this.dropped = fault.dropped;
  }
}

/** Thrown by the module's functions before `init()`. Python: `DLLoggerNotInitialized`. */
export class DLLoggerNotInitialized extends DLLoggerError {
  /** The class's name. */
  override readonly name = 'DLLoggerNotInitialized';

  constructor(call: string) {
    super(
      'ERR_DLLOGGER_NOT_INITIALIZED',
      `DLLogger.${call}() before DLLogger.init(): call init(backends) first (after close() again), ` +
        'for instance init([new StdOutBackend(Verbosity.DEFAULT)])',
    );
  }
}

/** Thrown by a second `init()`. Python: `DLLLoggerAlreadyInitialized`. */
export class DLLoggerAlreadyInitialized extends DLLoggerError {
  /** The class's name. */
  override readonly name = 'DLLoggerAlreadyInitialized';

  constructor() {
    super(
      'ERR_DLLOGGER_ALREADY_INITIALIZED',
      'DLLogger.init() was called twice: call close() first to start over, or use ' +
        'new Logger(backends) for a second log',
    );
  }
}

/** Code and text of an errno of the C library, which Windows numbers differently from Node. */
function wordsFor(errno: number): readonly [code: string, text: string] {
  const numbers: Readonly<Record<string, number>> = constants.errno;
  for (const words of getSystemErrorMap().values()) if (numbers[words[0]] === errno) return words;
  return [`errno ${errno}`, 'unknown error'];
}

/** The error for a system call that failed on a log file. */
export function systemError(
  doing: string,
  fault: SystemFault & Partial<LossCounts>,
  advice = '',
): DLLoggerError {
  const [code, text] = wordsFor(fault.errno);
  const tail = advice === '' ? '' : `; ${advice}`;
  return new DLLoggerError(code, `${doing} "${fault.path}": ${text} (${code})${tail}`, fault);
}

/** Turns an error of the system about a file into one for people; other errors stay as they are. */
export function asSystemError(
  doing: string,
  path: string,
  error: unknown,
  advice?: string,
): unknown {
  if (!(error instanceof Error) || !('errno' in error) || error instanceof DLLoggerError) {
    return error;
  }
  const { errno = 0, syscall = '' } = error as NodeJS.ErrnoException;
  return systemError(doing, { errno: -errno, syscall, path }, advice);
}
