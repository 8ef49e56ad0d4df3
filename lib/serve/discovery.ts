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
import { basename, dirname, join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { SETTLED_MS } from '../base/settled.js';
import { readError } from '../reader/file-reader.js';
import { compressionOf } from '../sink/log-kind.js';

/** Names of logs: `log.json`, `nvlog.json.1`, `train.log-20261129`, `job.out.gz`. */
export const LOG_NAME =
  /\.(json|jsonl|ndjson|log|txt|out|err|dllog)([._-]\d[\dTZ.:_-]*)?(\.gz|\.zst)?$/i;
const SKIPPED_FOLDER = /^(\..*|node_modules|__pycache__|lost\+found)$/;
/** A record within the beginning of a file makes it a log. */
const SNIFFED_BYTES = 64 * 1024;
/**
 * The beginning of a record, anywhere in a line; also in a string of JSON, as containers wrap it, and in UTF-16, as
 * PowerShell writes it.
 */
const RECORDS = ['DLLL {"', 'DLLL {\\"'].flatMap((text) => {
  const wide = Buffer.from(text, 'utf16le');
  return [Buffer.from(text), wide, Buffer.from(wide).swap16()];
});
const MAX_DEPTH = 8;
/** Limit on the entries of a folder that are checked. */
const MAX_ENTRIES = 50_000;
/** Limit in milliseconds on scanning without a pause for other work. */
const SLICE_MS = 10;
/**
 * The logs found so far are reported after as many milliseconds, before the scan goes on. The first ones are reported
 * at once; each further batch takes longer, as the order within it is that of names.
 */
const FIRST_BATCH_MS = 10;
const LAST_BATCH_MS = 200;

/** What a folder held at its latest change. */
interface Listing {
  readonly mtimeMs: number;
  /** Whether any later change will show in the folder's time. */
  readonly isSettled: boolean;
  readonly folders: readonly string[];
  /** Names of files that may be logs. */
  readonly files: ReadonlySet<string>;
  readonly links: readonly string[];
  /** Paths of those files that are not known to be logs. */
  unknown: readonly string[];
}

const NOTHING_LISTED: Listing = {
  mtimeMs: Number.NaN,
  isSettled: false,
  folders: [],
  files: new Set(),
  links: [],
  unknown: [],
};

/** Removed meanwhile, a link that leads nowhere or in circles, too many open files for the moment. */
const PASSING = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EMFILE', 'ENFILE', 'ESTALE']);

interface Candidate {
  readonly path: string;
  readonly changed: number;
}

/** Finds logs in a folder, the new ones at each scan. */
export class Discovery {
  /** Whether a folder had more entries than a scan checks. */
  truncated = false;
  readonly #root: string;
  readonly #found = new Set<string>();
  /** Files that held no record at their latest check, with their size then. */
  readonly #rejected = new Map<string, number>();
  readonly #listings = new Map<string, Listing>();
  /** What the scan at hand could not read, and what the latest whole scan could not. */
  #refused = new Map<string, unknown>();
  #unreadable: ReadonlyMap<string, unknown> = new Map();
  readonly #memory = Buffer.allocUnsafe(SNIFFED_BYTES);

  constructor(root: string) {
    this.#root = root;
  }

  /** Files whose name is that of a log, and that hold no record. */
  get rejected(): number {
    return this.#rejected.size;
  }

  /** Paths that the latest scan could not read, each with the error: folders, and files that may be logs. */
  get unreadable(): ReadonlyMap<string, unknown> {
    return this.#unreadable;
  }

  /**
   * Paths of the logs that earlier scans did not find, as they are found: the latest changed first, by name within a
   * batch.
   */
  async *scan(): AsyncGenerator<string[]> {
    this.#refused = new Map();
    const candidates = await this.#candidates();
    candidates.sort((a, b) => b.changed - a.changed);
    let batch: string[] = [];
    let pause = FIRST_BATCH_MS;
    let until = performance.now() + pause;
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
        pause = Math.min(2 * pause, LAST_BATCH_MS);
        until = performance.now() + pause;
      }
      await breathe();
      slice = performance.now() + SLICE_MS;
    }
    this.#unreadable = this.#refused;
    if (batch.length > 0) yield batch.sort(byName.compare);
  }

  /** Forgets a log, so that it counts as new when it is found again. */
  forget(path: string): void {
    this.#found.delete(path);
    this.#listings.delete(dirname(path));
  }

  /** Files that may be logs and are not known yet. */
  async #candidates(): Promise<Candidate[]> {
    const candidates: Candidate[] = [];
    // Real paths: a folder or file that links lead to is shown once, and loops of links end.
    const seenFolders = new Map<string, Listing>();
    const seenFiles = new Set<string>();
    const links: { path: string; depth: number }[] = [];
    const listings = new Set<string>();
    let entries = 0;
    let until = performance.now() + SLICE_MS;
    const consider = (path: string, status?: Stats) => {
      const { size, mtimeMs } = status ?? this.#attempt(path, () => statSync(path)) ?? {};
      if (size === undefined || mtimeMs === undefined || size === this.#rejected.get(path)) return;
      candidates.push({ path, changed: mtimeMs });
    };
    const visit = async (folder: string, real: string, depth: number): Promise<void> => {
      if (seenFolders.has(real) || entries > MAX_ENTRIES) return;
      const listing = this.#list(folder);
      seenFolders.set(real, listing);
      listings.add(folder);
      const { folders, files, links: found } = listing;
      entries += folders.length + files.size + found.length;
      for (const name of found) links.push({ path: join(folder, name), depth });
      listing.unknown = listing.unknown.filter((path) => !this.#found.has(path));
      for (const path of listing.unknown) {
        // A link that was followed before may have led to the file.
        if (seenFiles.size === 0 || !seenFiles.has(join(real, basename(path)))) consider(path);
        if (performance.now() < until) continue;
        await breathe();
        until = performance.now() + SLICE_MS;
      }
      if (depth === MAX_DEPTH) return;
      for (const name of folders) await visit(join(folder, name), join(real, name), depth + 1);
    };
    const root = this.#attempt(this.#root, () => realpathSync(this.#root));
    if (root !== undefined) await visit(this.#root, root, 0);
    // A link's target may be missing, and changes without a change of the link's folder.
    for (let link = links.shift(); link !== undefined; link = links.shift()) {
      const { path, depth } = link;
      const real = this.#attempt(path, () => realpathSync(path));
      const status = real === undefined ? undefined : this.#attempt(path, () => statSync(real));
      if (real === undefined || status === undefined) continue;
      if (status.isDirectory() && depth < MAX_DEPTH) await visit(path, real, depth + 1);
      if (!status.isFile() || !LOG_NAME.test(path)) continue;
      const isSeen =
        seenFiles.has(real) || seenFolders.get(dirname(real))?.files.has(basename(real)) === true;
      seenFiles.add(real);
      if (!isSeen && !this.#found.has(path)) consider(path, status);
    }
    this.truncated = entries > MAX_ENTRIES;
    for (const folder of this.#listings.keys()) {
      if (!listings.has(folder)) this.#listings.delete(folder);
    }
    return candidates;
  }

  #list(folder: string): Listing {
    const known = this.#listings.get(folder);
    const mtimeMs = this.#attempt(folder, () => statSync(folder).mtimeMs) ?? Number.NaN;
    if (known?.isSettled === true && known.mtimeMs === mtimeMs) return known;
    const entries = this.#attempt(folder, () => readdirSync(folder, { withFileTypes: true }));
    // A change of permissions does not show in the folder's time.
    if (entries === undefined) return NOTHING_LISTED;
    const files = names(entries, (one) => one.isFile() && LOG_NAME.test(one.name));
    const listing = {
      mtimeMs,
      isSettled: Date.now() - mtimeMs > SETTLED_MS,
      folders: names(entries, (one) => one.isDirectory() && !SKIPPED_FOLDER.test(one.name)),
      files: new Set(files),
      links: names(entries, (one) => one.isSymbolicLink() && !SKIPPED_FOLDER.test(one.name)),
      unknown: files.map((name) => join(folder, name)),
    };
    this.#listings.set(folder, listing);
    return listing;
  }

  /** Whether a file holds a record. A file that cannot be read now counts as no log. */
  #isLog(path: string): boolean {
    let file: number | undefined;
    try {
      // Opening a FIFO would block until a process writes to it. Windows has neither this flag nor FIFOs.
      file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const status = fstatSync(file);
      if (!status.isFile()) return false;
      const length = readSync(file, this.#memory, 0, SNIFFED_BYTES, 0);
      const isLog = holdsRecord(this.#memory.subarray(0, length));
      if (isLog) this.#rejected.delete(path);
      else this.#rejected.set(path, status.size);
      return isLog;
    } catch (error) {
      this.#note(path, error);
      return false;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  /** What a call of the system answers; undefined where it fails. */
  #attempt<T>(path: string, call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      this.#note(path, error);
      return undefined;
    }
  }

  #note(path: string, error: unknown): void {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!PASSING.has(code)) this.#refused.set(path, readError(path, error));
  }
}

function names(entries: readonly Dirent[], isWanted: (entry: Dirent) => boolean): string[] {
  return entries.filter(isWanted).map(({ name }) => name);
}

/** Numbers by value: `run2` before `run10`. */
const byName = new Intl.Collator('en', { numeric: true });

function holdsRecord(beginning: Buffer): boolean {
  const compression = compressionOf(beginning);
  // Not every Node can decompress zstd: whether the file is a log shows when it is read.
  if (compression === 'zstd') return true;
  if (compression === undefined) return RECORDS.some((record) => beginning.includes(record));
  try {
    const text = gunzipSync(beginning, { finishFlush: 2, maxOutputLength: 16 * SNIFFED_BYTES });
    return RECORDS.some((record) => text.includes(record));
  } catch {
    return false;
  }
}
