/** The binary's whole surface, typed once; and the warning when no binary loads. */

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

/** Why a call failed; Fault in native/platform/platform.h. */
export interface NativeFault extends Omit<SystemFault, 'path'> {
  /**
   * A failed system call, of which `errno` tells; a wait that reached its deadline, changed nothing and is to be
   * repeated; a lock that another holder has; or memory that holds what no producer wrote.
   */
  readonly kind: 'system' | 'waiting' | 'held' | 'damaged';
  /** The process id of the lock's holder, where that is known. */
  readonly holder?: number;
  /** Whether the holder is no writer of this package. */
  readonly isForeign: boolean;
}

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

/**
 * Put the UTC offset of the wall time that now lies in `callBlock` there (1), have `prepare` define the shape (2),
 * wait for room (3); or do nothing: the record counts as dropped (4).
 */
export type NativeAnswer = 1 | 2 | 3 | 4;

/**
 * An open log. Its methods throw once it is closed. Null tells that a call did what it should: a thread that is being
 * ended may see undefined, of a call that was not made.
 */
export interface NativeLog {
  readonly memory: ArrayBuffer;
  /** What dead writers left; when truncating, what was discarded. */
  readonly recovery: NativeRecovery;
  /** Whether a ring that survives a kill found no room in shared memory. */
  readonly lacksRoom: boolean;
  /**
   * Completes the record at the head of the ring with its shape and its stamp, puts the stamp into `callBlock`,
   * publishes the record, and wakes a writer that sleeps. After an answer nothing was published: it says what to do
   * before the call is repeated. Not to be called for a closed log, whose function may serve another log.
   */
  readonly commit: () => NativeAnswer | undefined;
  /** Writes a record of `numbers` at the head of the ring, with the times in `callBlock`, then does as `commit`. */
  readonly commitNumbers: () => NativeAnswer | undefined;
  /**
   * Makes room for a record of so many bytes, and defines its shape in this half of the ring.
   *
   * @param shape the shape's number; negative where it has none yet, 0 for a record without a shape.
   * @param definition written to the ring where the writer does not know the shape.
   * @returns the shape's number; `callBlock` has, in place of a shape, the highest number of a shape that the writer
   *   has forgotten. Or -1: there is no room before `waitForRoom`. Or -2: there is no room, the last wait failed, its
   *   fault lasts, and the record counts as dropped.
   */
  prepare(bytes: number, shape: number, definition?: Int32Array): number;
  /**
   * Blocks until the other half of the ring is free; while writing fails returns the fault at once. Stamps a record
   * without a stamp first: its time is that before the wait.
   */
  waitForRoom(): NativeFault | null;
  /**
   * Writes a record past the ring, with its shape's definition before it if it has one. A fault means that the record
   * was not taken. `id` differs for each record.
   */
  writeOversized(id: number, ...pieces: Uint8Array[]): NativeFault | null;
  /** Puts a record into the overflow, and publishes a small record that refers to it, for which there is room. */
  putOverflow(...pieces: Uint8Array[]): NativeFault | null;
  /** Blocks until everything that was published is in the file, or on the device. */
  flush(sync: boolean): NativeFault | null;
  /** Continues in the file that the path leads to now; a fault when none can be opened. */
  reopen(): NativeFault | null;
  stats(): NativeStats;
  /** Writes everything, closes the log and detaches `memory`; after a fault the log is still open. */
  close(): NativeFault | null;
}

export interface NativeAddon {
  readonly format: NativeFormat;
  /** Arguments and results of `stamp` and of the calls for a record; clock.ts and producer.ts name the elements. */
  readonly callBlock: Float64Array;
  /** Where `commitNumbers` finds its numbers. */
  readonly numbers: Float64Array;
  /** Reads both clocks. */
  readonly stamp: () => void;
  /**
   * Gives up when other processes hold the log for long.
   *
   * @param refusal why to make no ring file; empty: make one.
   * @param onFault called from the event loop whenever writing the log begins to fail.
   */
  open(
    path: string,
    append: boolean,
    nonFiniteNull: boolean,
    refusal: string,
    onFault: (fault: NativeFault) => void,
  ): NativeLog | NativeFault;
  recover(path: string): NativeRecovery;
  /** The lines that `recover` would append, in ASCII, and `end`, the offset where; changes nothing. */
  missing(path: string): NativeRecovery & { readonly end: number; readonly lines: Buffer };
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
