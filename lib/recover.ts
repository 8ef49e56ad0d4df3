import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { describe } from './base/describe.js';
import { DLLoggerError } from './base/errors.js';
import { faultOf, isSystemError, recoverError, stuckError } from './sink/log-errors.js';
import { mayLack } from './sink/log-kind.js';
import { native } from './sink/native.js';
import { leftError, leftTexts } from './sink/recovery.js';
import { ringsOf } from './sink/ring-place.js';
import { repairLog } from './sink/torn-end.js';
import { patienceFor, whileHeld } from './sink/waiting.js';

/** What `recover` did. */
export interface Recovery {
  /** Records that were missing from the file and now are in it. */
  readonly records: number;
  /** Bytes of an unfinished last line that no ring could complete; it got a newline, and is kept. */
  readonly unfinished: number;
  /** What could not be recovered, a sentence each. */
  readonly left: readonly string[];
}

/**
 * Appends to a log the records that killed runs had logged and not yet written. Opening the log with `{ append:
 * true }` does the same. A second call, or one after a killed recovery, gives the same log; live runs that write
 * the log are not disturbed. A compressed log, and one that a console or container has wrapped, stay as they are.
 *
 * @param filename the log.
 * @throws TypeError when `filename` is not a string.
 * @throws DLLoggerError with the system's code when the log cannot be read or written;
 *   `ERR_DLLOGGER_NOT_A_LOG` when the file has text and no record: it stays as it is;
 *   `ERR_DLLOGGER_LOG_IN_USE` when a process was stopped in the middle of a write to the log;
 *   `ERR_DLLOGGER_RING_VERSION` when another version of this package must recover it,
 *   `ERR_DLLOGGER_RING_DAMAGED` when a file beside it that should hold records is damaged,
 *   `ERR_DLLOGGER_NO_BINARY` when the TypeScript implementation serves and there is something to
 *   recover. All that can be recovered is recovered even then. Files that only look like rings, which other users
 *   may have put beside the log, are named in `left`.
 */
export function recover(filename: string): Recovery {
  if (typeof filename !== 'string') {
    throw new TypeError(`the file name of a log is a string, not ${describe(filename)}`);
  }
  const path = resolve(filename);
  if (!mayLack(path)) return { records: 0, unfinished: 0, left: [] };
  const addon = native;
  if (addon === undefined) return recoverTail(path);
  const recovery = whileHeld(
    patienceFor(true),
    ({ fault }) => fault,
    () => addon.recover(path),
  );
  const { fault } = recovery;
  if (fault?.kind === 'held') throw stuckError(path, fault);
  if (fault !== undefined) throw recoverError(path, fault);
  const error = leftError(path, recovery);
  if (error !== undefined) throw error;
  return { records: recovery.records, unfinished: recovery.unfinished, left: leftTexts(recovery) };
}

function recoverTail(path: string): Recovery {
  if (!existsSync(path))
    throw recoverError(path, { errno: constants.errno.ENOENT, syscall: 'open' });
  const [ring] = ringsOf(path);
  if (ring !== undefined) {
    throw new DLLoggerError(
      'ERR_DLLOGGER_NO_BINARY',
      `cannot recover log "${path}": only the native implementation reads "${ring}", where a run ` +
        'keeps what it has not written yet',
      { path: ring },
    );
  }
  try {
    return { records: 0, unfinished: repairLog(path), left: [] };
  } catch (error) {
    throw isSystemError(error) ? recoverError(path, faultOf(error)) : error;
  }
}
