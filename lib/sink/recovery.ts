/** Words for what recovery did, and what it left. */

import { DLLoggerError, systemError } from '../base/errors.js';
import { plural } from '../base/plural.js';
import { type NativeRecovery, native } from './native.js';

type Left = NativeRecovery['left'][number];

/** What was not recovered, in a sentence. */
function leftText({ reason, ring, count, fault }: Left): string {
  switch (reason) {
    case 'reboot':
      return `what "${ring}" held was left out: the system has been started since it was written`;
    case 'noBoot':
      return `"${ring}" is left as it is: whether the system has been started since it was written cannot be told here`;
    case 'version':
      return `"${ring}" is left as it is: it was written by another version of dllogger (ring format ${count})`;
    case 'untrusted':
      return count === 1
        ? `"${ring}" is left as it is: it is a link, others may write it, or it belongs to another user`
        : `${count} files beside it, the first of them "${ring}", are left as they are: each is a link, others may write it, or it belongs to another user`;
    case 'fault':
      return fault === undefined
        ? `"${ring}" is left as it is`
        : systemError('cannot recover', { ...fault, path: ring }).message;
    case 'gone':
      return `"${ring}" was deleted with the records in it: their log is gone, and shared memory had no room for another ring`;
    case 'damaged':
      return count === 0
        ? `"${ring}" is left as it is: it is damaged, or no ring of dllogger's`
        : `${plural(count, 'damaged record')} in "${ring}" ${count === 1 ? 'was' : 'were'} left out`;
  }
}

export function leftTexts(recovery: NativeRecovery): string[] {
  return recovery.left.map(leftText);
}

const CODES: Readonly<Record<Left['reason'], string | undefined>> = {
  version: 'ERR_DLLOGGER_RING_VERSION',
  damaged: 'ERR_DLLOGGER_RING_DAMAGED',
  // Another user's file holds none of this user's records, and does not make a recovery incomplete.
  untrusted: undefined,
  fault: undefined,
  gone: undefined,
  reboot: undefined,
  noBoot: 'ERR_DLLOGGER_RING_UNTRUSTED',
};

/** The error for a ring that is left as it is, if there is one. */
export function leftError(path: string, recovery: NativeRecovery): DLLoggerError | undefined {
  for (const left of recovery.left) {
    const isWhole = left.reason !== 'damaged' || left.count === 0;
    const code = CODES[left.reason];
    if (isWhole && code !== undefined) {
      return new DLLoggerError(code, `cannot recover all of log "${path}": ${leftText(left)}`, {
        path: left.ring,
      });
    }
  }
  return undefined;
}

export interface RingContent {
  /** The offset in the log where the lines belong; the log may hold the beginning of the first one there. */
  readonly end: number;
  /** Lines of records. */
  readonly lines: Buffer;
  /** A sentence for each ring that could not be read. */
  readonly left: readonly string[];
}

/** The records that a log lacks and its rings hold; changes nothing. Undefined without a binary. */
export function readMissing(path: string): RingContent | undefined {
  if (native === undefined) return undefined;
  const missing = native.missing(path);
  const { end, lines, fault } = missing;
  const left = leftTexts(missing);
  if (fault !== undefined && left.length === 0) {
    left.push(systemError('cannot read the rings of', { ...fault, path }).message);
  }
  return { end, lines, left };
}

/** Warns, when a log is opened, of what a killed run had logged and the log does not hold. */
export function warnOfRecovery(path: string, append: boolean, recovery: NativeRecovery): void {
  const texts = leftTexts(recovery);
  const { records, unfinished, fault } = recovery;
  if (!append && records > 0) {
    texts.unshift(
      `${plural(records, 'record')} that a killed run had not yet written to it ` +
        `${records === 1 ? 'was' : 'were'} discarded with the old log; to keep them, open it with ` +
        '{ append: true }, or recover() it first',
    );
  }
  if (append && unfinished > 0) {
    texts.unshift(
      `its last line was unfinished: ${plural(unfinished, 'byte')} of it stay, as a line of their own`,
    );
  }
  if (fault !== undefined && recovery.left.length === 0) {
    texts.push(systemError('cannot recover', { ...fault, path }).message);
  }
  for (const text of texts) {
    process.emitWarning(`log "${path}": ${text}`, { code: 'DLLOGGER_RECOVERY' });
  }
}

let hasWarnedOfFullMemory = false;

/** Warns that shared memory has no room for a log's ring: once, since many logs may find it full. */
export function warnOfFullMemory(path: string, reason: string): void {
  if (hasWarnedOfFullMemory) return;
  hasWarnedOfFullMemory = true;
  process.emitWarning(
    `log "${path}": records that are not yet written would not survive a kill: ${reason}; ` +
      'stats() tells of which other logs this is true',
    { code: 'DLLOGGER_NOT_CRASH_SAFE' },
  );
}
