/**
 * Where the rings of a log lie, and which log a ring is of: the same answer as native/ring/ring_place.h, for
 * those who read, and where no binary serves.
 */
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

const RING = /^\.(.+)\.ring$/s;
const RING_IN_FOLDER = /^[0-9a-f]{16}\.ring$/;
const FOLDER = /^\.(.+)\.\d+\.rings$/s;

const MAX_KEY = 200;
const HASH_DIGITS = 16;

/** RingHeader in native/ring/ring_file.h. */
const HEADER = { offset: 1024, magic: 'DLLRING\n', path: 344, pathSize: 1600 };

/** What names a log in its directory: a long name by its beginning and a hash (FNV-1a) of all of it. */
function keyOf(log: string): string {
  const name = Buffer.from(basename(log));
  if (name.length <= MAX_KEY) return basename(log);
  let size = MAX_KEY - 1 - HASH_DIGITS;
  while (size > 0 && ((name[size] ?? 0) & 0xc0) === 0x80) size--;
  let hash = 0xcbf29ce484222325n;
  for (const byte of name) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  const digits = hash.toString(16).padStart(HASH_DIGITS, '0');
  return `${name.toString('utf8', 0, size)}~${digits}`;
}

/** The rings under a key: `.KEY.ring`, and those in directories of this user and of the log's owner. */
function ringsUnder(directory: string, key: string, owner: number): string[] {
  const rings: string[] = [];
  const first = join(directory, `.${key}.ring`);
  if (lstatSync(first, { throwIfNoEntry: false }) !== undefined) rings.push(first);
  for (const user of new Set([process.geteuid?.() ?? 0, owner])) {
    const folder = join(directory, `.${key}.${user}.rings`);
    const status = lstatSync(folder, { throwIfNoEntry: false });
    // In somebody else's anything may lie.
    if (status?.isDirectory() !== true || status.uid !== user) continue;
    for (const name of readdirSync(folder)) {
      if (RING_IN_FOLDER.test(name)) rings.push(join(folder, name));
    }
  }
  return rings;
}

/**
 * Files in which native writers, alive or killed, may keep records of a log: by its name, and by the name
 * that its file had when they were made. Empty where none can be seen.
 */
export function ringsOf(path: string): string[] {
  try {
    // A ring lies beside the file that a link leads to.
    const log = existsSync(path)
      ? realpathSync(path)
      : join(realpathSync(dirname(path)), basename(path));
    const directory = dirname(log);
    const key = keyOf(log);
    const status = statSync(log, { bigint: true, throwIfNoEntry: false });
    const owner = Number(status?.uid ?? process.geteuid?.() ?? 0);
    const rings = ringsUnder(directory, key, owner);
    const former = status === undefined ? undefined : formerKey(directory, status.ino);
    if (former === undefined || former === key) return rings;
    return [...rings, ...ringsUnder(directory, former, owner)];
  } catch {
    return [];
  }
}

/** The key of a file's rings when they were made. */
function formerKey(directory: string, inode: bigint): string | undefined {
  try {
    const key = readlinkSync(join(directory, `.ring-${inode}`));
    return key === '' || key.includes('/') ? undefined : key;
  } catch {
    return undefined;
  }
}

/** Whether the path is that of a ring, and of which log; undefined where it is not. */
export function logOfRing(path: string): string | undefined {
  const name = basename(path);
  const directory = dirname(path);
  const key = RING_IN_FOLDER.test(name)
    ? (FOLDER.exec(basename(directory))?.[1] ?? RING.exec(name)?.[1])
    : RING.exec(name)?.[1];
  if (key === undefined) return undefined;
  const isInFolder = FOLDER.test(basename(directory)) && RING_IN_FOLDER.test(name);
  const place = isInFolder ? dirname(directory) : directory;
  // The name of a log with a long one is in its ring.
  return join(place, nameInHeader(path, key) ?? key);
}

function nameInHeader(path: string, key: string): string | undefined {
  if (!/~[0-9a-f]{16}$/.test(key)) return undefined;
  const bytes = Buffer.alloc(HEADER.path + HEADER.pathSize);
  try {
    const file = openSync(path, 'r');
    try {
      readSync(file, bytes, 0, bytes.length, HEADER.offset);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
  if (bytes.toString('latin1', 0, HEADER.magic.length) !== HEADER.magic) return undefined;
  const text = bytes.subarray(HEADER.path);
  const end = text.indexOf(0);
  // A path that is cut does not tell the name.
  const name = end < 0 ? '' : basename(text.toString('utf8', 0, end));
  return keyOf(name) === key ? name : undefined;
}

/** The rings in a directory, and those in the directories that were made for them. */
export function ringsIn(directory: string, names: Iterable<string>): string[] {
  const rings: string[] = [];
  for (const name of names) {
    const path = join(directory, name);
    if (RING.test(name)) rings.push(path);
    if (!FOLDER.test(name)) continue;
    try {
      for (const inner of readdirSync(path)) {
        if (RING_IN_FOLDER.test(inner)) rings.push(join(path, inner));
      }
    } catch {
      // Another user's.
    }
  }
  return rings;
}
