import type { Dirent } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Names that logs go by: `log.json`, `nvlog.json.1`, `train.log`, `job.out.gz`. */
const LOG_NAME = /\.(json|jsonl|ndjson|log|txt|out|dllog)(\.\d+)?(\.gz|\.zst)?$/i;
const SKIPPED_FOLDER = /^(\..*|node_modules|__pycache__)$/;
/** A record within the beginning of a file makes it a log. */
const SNIFFED_BYTES = 64 * 1024;
const RECORD = /(^|\n)DLLL \{/;
const GZIP_MAGIC = 0x8b1f;
const ZSTD_MAGIC = 0xb528;
const MAX_DEPTH = 8;
/** A folder with more entries than these is looked through only so far. */
const MAX_ENTRIES = 50_000;

/** Finds logs in a folder, the new ones at each scan. */
export class Discovery {
  /** Whether there was more than a scan looks through. */
  truncated = false;
  readonly #root: string;
  readonly #found = new Set<string>();
  /** Files that were no logs when they were looked into, with their size then. */
  readonly #rejected = new Map<string, number>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Paths of the logs that earlier scans did not find, in the order of their names. */
  async scan(): Promise<string[]> {
    const fresh: string[] = [];
    let entries = 0;
    const visit = async (folder: string, depth: number): Promise<void> => {
      for (const entry of await list(folder)) {
        if (++entries > MAX_ENTRIES) return;
        const path = join(folder, entry.name);
        if (entry.isDirectory()) {
          if (depth < MAX_DEPTH && !SKIPPED_FOLDER.test(entry.name)) await visit(path, depth + 1);
        } else if (entry.isFile() && (await this.#isNewLog(path))) fresh.push(path);
      }
    };
    await visit(this.#root, 0);
    this.truncated = entries > MAX_ENTRIES;
    for (const path of fresh) this.#found.add(path);
    return fresh;
  }

  async #isNewLog(path: string): Promise<boolean> {
    if (!LOG_NAME.test(path) || this.#found.has(path)) return false;
    const looked = await sniff(path, this.#rejected.get(path));
    if (looked === undefined) return false;
    if (looked.isLog) this.#rejected.delete(path);
    else this.#rejected.set(path, looked.size);
    return looked.isLog;
  }
}

/** Entries by name, numbers by value: `run2` before `run10`. Empty where the folder cannot be read. */
async function list(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => byName.compare(a.name, b.name));
  } catch {
    return [];
  }
}

const byName = new Intl.Collator('en', { numeric: true });

/** Looks into a file; undefined where it has not grown since, or cannot be read (now). */
async function sniff(path: string, lookedAt: number | undefined) {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size === lookedAt) return undefined;
    const buffer = Buffer.alloc(Math.min(size, SNIFFED_BYTES));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return { size, isLog: holdsRecord(buffer.subarray(0, bytesRead)) };
  } catch {
    return undefined;
  }
}

function holdsRecord(beginning: Buffer): boolean {
  if (beginning.length < 4) return false;
  const magic = beginning.readUInt16LE(0);
  // What is in it shows when it is read.
  if (magic === ZSTD_MAGIC) return true;
  if (magic !== GZIP_MAGIC) return RECORD.test(beginning.toString('latin1'));
  try {
    const text = gunzipSync(beginning, { finishFlush: 2, maxOutputLength: 16 * SNIFFED_BYTES });
    return RECORD.test(text.toString('latin1'));
  } catch {
    return false;
  }
}
