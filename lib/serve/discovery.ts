import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { compressionOf } from '../reader/decompress.js';
import { SETTLED_MS } from '../reader/file-reader.js';

/** Names that logs go by: `log.json`, `nvlog.json.1`, `train.log-20261129`, `job.out.gz`. */
export const LOG_NAME =
  /\.(json|jsonl|ndjson|log|txt|out|err|dllog)([._-]\d[\dTZ.:_-]*)?(\.gz|\.zst)?$/i;
const SKIPPED_FOLDER = /^(\..*|node_modules|__pycache__)$/;
/** A record within the beginning of a file makes it a log. */
const SNIFFED_BYTES = 64 * 1024;
/** Behind whatever stands before it on its line; also in a string of JSON, as containers wrap it. */
const RECORDS = ['DLLL {"', 'DLLL {\\"'];
const MAX_DEPTH = 8;
/** A folder with more entries than these is looked through only so far. */
const MAX_ENTRIES = 50_000;
/** Without a pause for others, in milliseconds. */
const SLICE_MS = 10;
/** Logs are told of after as many milliseconds, before more are looked for. */
const BATCH_MS = 200;

/** What a folder holds, as long as it does not change. */
interface Listing {
  readonly mtimeMs: number;
  /** Whether a later change surely shows in the folder's time. */
  readonly isSettled: boolean;
  readonly folders: readonly string[];
  /** Names of files that may be logs. */
  readonly files: readonly string[];
  readonly links: readonly string[];
}

interface Candidate {
  readonly path: string;
  readonly changed: number;
}

/** Finds logs in a folder, the new ones at each scan. */
export class Discovery {
  /** Whether there was more than a scan looks through. */
  truncated = false;
  readonly #root: string;
  readonly #found = new Set<string>();
  /** Files that were no logs when they were looked into, with their size then. */
  readonly #rejected = new Map<string, number>();
  readonly #listings = new Map<string, Listing>();
  readonly #memory = Buffer.allocUnsafe(SNIFFED_BYTES);

  constructor(root: string) {
    this.#root = root;
  }

  /** Files whose name is that of a log, and that hold no record. */
  get rejected(): number {
    return this.#rejected.size;
  }

  /**
   * Paths of the logs that earlier scans did not find, the latest changed first, as they are found: by
   * name within a batch.
   */
  async *scan(): AsyncGenerator<string[]> {
    const candidates = await this.#candidates();
    candidates.sort((a, b) => b.changed - a.changed);
    let batch: string[] = [];
    let until = performance.now() + BATCH_MS;
    let slice = performance.now() + SLICE_MS;
    for (const { path } of candidates) {
      if (this.#isLog(path)) {
        this.#found.add(path);
        batch.push(path);
      }
      if (performance.now() < slice) continue;
      if (performance.now() > until && batch.length > 0) {
        yield batch.sort(byName.compare);
        batch = [];
        until = performance.now() + BATCH_MS;
      }
      await breathe();
      slice = performance.now() + SLICE_MS;
    }
    if (batch.length > 0) yield batch.sort(byName.compare);
  }

  /** Takes a log for new when it is found again. */
  forget(path: string): void {
    this.#found.delete(path);
  }

  /** Files that may be logs and are not known yet. */
  async #candidates(): Promise<Candidate[]> {
    const candidates: Candidate[] = [];
    // Real paths: a folder or file that links lead to, too, is shown once, and no loop is without end.
    const seenFolders = new Set<string>();
    const seenFiles = new Set<string>();
    const links: { path: string; depth: number }[] = [];
    const listings = new Set<string>();
    let entries = 0;
    let until = performance.now() + SLICE_MS;
    const consider = (path: string, real: string, status?: Stats) => {
      if (seenFiles.has(real)) return;
      seenFiles.add(real);
      if (this.#found.has(path)) return;
      const { size, mtimeMs } = status ?? statSync(path, { throwIfNoEntry: false }) ?? {};
      if (size === undefined || mtimeMs === undefined || size === this.#rejected.get(path)) return;
      candidates.push({ path, changed: mtimeMs });
    };
    const visit = async (folder: string, real: string, depth: number): Promise<void> => {
      if (seenFolders.has(real) || entries > MAX_ENTRIES) return;
      seenFolders.add(real);
      listings.add(folder);
      const { folders, files, links: found } = this.#list(folder);
      entries += folders.length + files.length + found.length;
      for (const name of found) links.push({ path: join(folder, name), depth });
      const prefix = real.endsWith(sep) ? real : real + sep;
      for (const name of files) {
        consider(join(folder, name), prefix + name);
        if (performance.now() < until) continue;
        await breathe();
        until = performance.now() + SLICE_MS;
      }
      if (depth === MAX_DEPTH) return;
      for (const name of folders) await visit(join(folder, name), join(real, name), depth + 1);
    };
    const root = realPath(this.#root);
    if (root !== undefined) await visit(this.#root, root, 0);
    // What they lead to need not be there, and changes without a change of their folder.
    for (let link = links.shift(); link !== undefined; link = links.shift()) {
      const { path, depth } = link;
      const real = realPath(path);
      const status = real === undefined ? undefined : statSync(real, { throwIfNoEntry: false });
      if (real === undefined || status === undefined) continue;
      if (status.isDirectory() && depth < MAX_DEPTH) await visit(path, real, depth + 1);
      else if (status.isFile() && LOG_NAME.test(path)) consider(path, real, status);
    }
    this.truncated = entries > MAX_ENTRIES;
    for (const folder of this.#listings.keys()) {
      if (!listings.has(folder)) this.#listings.delete(folder);
    }
    return candidates;
  }

  #list(folder: string): Listing {
    const known = this.#listings.get(folder);
    const mtimeMs = modified(folder);
    if (known?.isSettled === true && known.mtimeMs === mtimeMs) return known;
    const entries = list(folder);
    const listing = {
      mtimeMs,
      isSettled: Date.now() - mtimeMs > SETTLED_MS,
      folders: names(entries, (one) => one.isDirectory() && !SKIPPED_FOLDER.test(one.name)),
      files: names(entries, (one) => one.isFile() && LOG_NAME.test(one.name)),
      links: names(entries, (one) => one.isSymbolicLink() && !SKIPPED_FOLDER.test(one.name)),
    };
    this.#listings.set(folder, listing);
    return listing;
  }

  /** Looks into a file. One that cannot be read (now) is none. */
  #isLog(path: string): boolean {
    let file: number | undefined;
    try {
      // A FIFO would block until somebody writes to it. Windows has no such flag, and no FIFOs.
      file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const status = fstatSync(file);
      if (!status.isFile()) return false;
      const length = readSync(file, this.#memory, 0, SNIFFED_BYTES, 0);
      const isLog = holdsRecord(this.#memory.subarray(0, length));
      if (isLog) this.#rejected.delete(path);
      else this.#rejected.set(path, status.size);
      return isLog;
    } catch {
      return false;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}

function names(entries: readonly Dirent[], isWanted: (entry: Dirent) => boolean): string[] {
  return entries.filter(isWanted).map(({ name }) => name);
}

/** Nothing where the folder cannot be read. */
function list(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** When a folder changed last; NaN where nobody can say. */
function modified(folder: string): number {
  try {
    return statSync(folder).mtimeMs;
  } catch {
    return Number.NaN;
  }
}

/** Numbers by value: `run2` before `run10`. */
const byName = new Intl.Collator('en', { numeric: true });

function holdsRecord(beginning: Buffer): boolean {
  const compression = compressionOf(beginning);
  // What is in it shows when it is read.
  if (compression === 'zstd') return true;
  if (compression === undefined) return RECORDS.some((record) => beginning.includes(record));
  try {
    const text = gunzipSync(beginning, { finishFlush: 2, maxOutputLength: 16 * SNIFFED_BYTES });
    return RECORDS.some((record) => text.includes(record));
  } catch {
    return false;
  }
}
