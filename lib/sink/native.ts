/** The binary's whole surface, typed once; and what is said when there is none. */

import { DLLoggerError, type SystemFault } from '../base/errors.js';
import { loadBinary } from '../binary.js';

/** The numbers of the wire format and of the ring; native/record/record.h and native/ring/ring.h say what they mean. */
export interface NativeFormat {
  readonly headOffset: number;
  readonly tailOffset: number;
  readonly dataOffset: number;
  readonly capacity: number;
  readonly half: number;
  readonly maxRecord: number;
  /** Bytes of a record that says where another one lies beside the ring. */
  readonly overflowSize: number;
  readonly headerSize: number;
  readonly alignment: number;
  readonly kindShape: number;
  readonly kindLog: number;
  readonly kindMetadata: number;
  readonly tagNull: number;
  readonly tagFalse: number;
  readonly tagTrue: number;
  readonly tagNan: number;
  readonly tagFloat: number;
  readonly tagInteger: number;
  readonly tagLatin1: number;
  readonly tagUtf16: number;
  readonly tagArray: number;
  readonly tagObject: number;
  readonly tagFloats: number;
}

/** Why a call did not do what it was asked to do; Fault in native/platform/platform.h. */
export interface NativeFault extends Omit<SystemFault, 'path'> {
  /**
   * A failed system call; a wait that gave up with nothing changed, and is to be repeated; a lock
   * that another holder has; or memory that holds what nobody here wrote. `errno` counts for the
   * first only.
   */
  readonly kind: 'system' | 'waiting' | 'held' | 'damaged';
  /** The process id of the lock's holder, where that is known. */
  readonly holder?: number;
  /** Whether the holder is another program than a writer of this package. */
  readonly isForeign: boolean;
}

/** An open log, by number. */
export type NativeLog = number & { readonly brand: unique symbol };

/** What recovery found; native/log/recover.h. */
export interface NativeRecovery {
  readonly records: number;
  /** Bytes of an unfinished last line that got a newline. */
  readonly unfinished: number;
  readonly fault: NativeFault | undefined;
  readonly left: readonly {
    readonly reason: 'reboot' | 'noBoot' | 'version' | 'damaged' | 'untrusted' | 'fault' | 'gone';
    readonly ring: string;
    /** Of damaged records, or the version. */
    readonly count: number;
    readonly fault: NativeFault | undefined;
  }[];
}

export interface NativeStats {
  readonly records: number;
  readonly unsaved: number;
  readonly bytes: number;
  readonly waits: number;
  readonly dropped: number;
  /** How often writing began to fail. */
  readonly faults: number;
  readonly fault: NativeFault | undefined;
  /** Why a kill would lose records; empty when none. */
  readonly notCrashSafe: string;
  /** The ring's file; empty without. */
  readonly ring: string;
  readonly hasLocks: boolean;
}

export interface NativeOpened {
  readonly log: NativeLog;
  readonly memory: ArrayBuffer;
  /** Of what dead writers left; of what was discarded, when truncating. */
  readonly recovery: NativeRecovery;
  /** Whether a ring that survives a kill found no room in shared memory. */
  readonly lacksRoom: boolean;
  /**
   * Completes the record at the head of the ring with its shape and publishes it: stamps it, unless it has
   * a stamp, tells that, and wakes a writer that sleeps. An answer says what to do before it is repeated;
   * nothing is published then.
   */
  readonly commit: () => NativeAnswer | undefined;
  /** Lays a record of numbers at the head of the ring, stamped as `times` says, then does as `commit`. */
  readonly commitNumbers: () => NativeAnswer | undefined;
}

/**
 * Tell the UTC offset of the wall time that is now told (1), have `prepare` define the shape (2) or wait
 * for room (3); or the record counts as dropped (4).
 */
export type NativeAnswer = 1 | 2 | 3 | 4;

export interface NativeAddon {
  readonly format: NativeFormat;
  /** What `stamp` and the calls for a record are told and tell; clock.ts and producer.ts name the elements. */
  readonly callBlock: Float64Array;
  /** Where `commitNumbers` finds its numbers. */
  readonly numbers: Float64Array;
  /** Reads both clocks. */
  readonly stamp: () => void;
  /**
   * Gives up when others hold the log for long.
   *
   * @param refusal why the ring is to have no file; empty when it is to have one.
   */
  open(
    path: string,
    append: boolean,
    nonFiniteNull: boolean,
    refusal: string,
  ): NativeOpened | NativeFault;
  /**
   * Sees to it that a record of so many bytes has room, and that the writer knows its shape.
   *
   * @param shape its number; negative where it has none yet, 0 for a record without a shape.
   * @param definition with which the writer is told, where it does not know the shape.
   * @returns the shape's number, and in `callBlock`, in place of a shape, up to which number the writer has
   *   forgotten all; or -1 when there is no room before `waitForRoom`; or -2 when there is
   *   none, and the record counts as dropped, since the last wait failed and the fault lasts.
   */
  prepare(log: NativeLog, bytes: number, shape: number, definition?: Int32Array): number;
  /**
   * Blocks until the other half of the ring is free; a fault at once while there is one. A record without
   * a stamp gets it first, since it is of the time before the wait.
   */
  waitForRoom(log: NativeLog): NativeFault | undefined;
  /**
   * Writes a record past the ring, after its shape's definition if it has one; a fault when it was
   * not taken. `id` is another for each record.
   */
  writeOversized(log: NativeLog, id: number, ...pieces: Uint8Array[]): NativeFault | undefined;
  /** Publishes a record, for which there is room, and puts beside the ring the one it refers to. */
  putOverflow(log: NativeLog, ...pieces: Uint8Array[]): NativeFault | undefined;
  /** Blocks until everything that was published is in the file, or on the device. */
  flush(log: NativeLog, sync: boolean): NativeFault | undefined;
  /** Goes on in the file that the path leads to now; a fault when there is none to be had. */
  reopen(log: NativeLog): NativeFault | undefined;
  stats(log: NativeLog): NativeStats;
  /** Calls back, from the event loop, whenever writing a log begins to fail. */
  listen(callback: (log: NativeLog, fault: NativeFault) => void): void;
  recover(path: string): NativeRecovery;
  /** What `recover` would append, as ASCII, without changing anything; `end` is where to. */
  missing(path: string): NativeRecovery & { readonly end: number; readonly lines: Buffer };
  /** Writes everything and closes, and empties `memory`; after a fault the log is still open. */
  close(log: NativeLog): NativeFault | undefined;
}

function load(): NativeAddon | undefined {
  const wish = process.env.DLLOGGER_NATIVE;
  if (wish === '0') return undefined;
  try {
    return loadBinary() as NativeAddon;
  } catch (error) {
    const message = `dllogger: ${(error as Error).message}`;
    if (wish === '1') {
      throw new DLLoggerError(
        'ERR_DLLOGGER_NO_BINARY',
        `${message}; DLLOGGER_NATIVE=1 asks for it`,
      );
    }
    process.emitWarning(
      `${message}; the TypeScript implementation serves in its place: the same output, but each ` +
        'log() waits for its write. DLLOGGER_NATIVE=0 chooses it without this notice',
      { code: 'DLLOGGER_NO_BINARY' },
    );
    return undefined;
  }
}

/** Undefined when the TypeScript implementation serves. */
export const native: NativeAddon | undefined = load();

/** Which implementation serves: the C++ writer thread, or TypeScript alone. */
export const implementation: 'native' | 'typescript' =
  native === undefined ? 'typescript' : 'native';
