/**
 * Where the rings of a log lie, and which log a ring belongs to: the same answer as native/ring/ring_place.h, for
 * readers, and where no binary loads.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { SETTLED_MS } from '../base/settled.js';

const RING = /^\.(.+)\.ring$/s;
const RING_IN_FOLDER = /^[0-9a-f]{16}\.ring$/;
const FOLDER = /^\.(.+)\.\d+\.rings$/s;
/** A link that tells under which name a file had its rings. */
const FORMER = /^\.ring-/;

/** Milliseconds after which a RingFinder looks at a directory again. */
const ASKED_MS = 1000;

const MAX_KEY = 200;
const HASH_DIGITS = 16;

/** RingHeader in native/ring/ring_file.h. */
const HEADER = { offset: 1024, magic: 'DLLRING\n', path: 368, pathSize: 1576 };

// Windows has neither of the latter two.
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
/** Opens a ring. Another user may have put anything in its place: a pipe without a writer, or a link to a device. */
export const RING_FLAGS: number = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/** The magic of tmpfs. */
const TMPFS = 0x01021994;

/** A directory that may hold rings of a log. */
interface Place {
  readonly directory: string;
  /** The log's key in the names of its rings there. */
  readonly key: string;
  /** Whether it is in shared memory, where logs of several file systems have their rings. */
  readonly isInMemory: boolean;
}

/** A name's beginning, and a hash (FNV-1a) of a text. */
function hashedKey(name: string, text: string): string {
  const bytes = Buffer.from(name);
  let size = Math.min(bytes.length, MAX_KEY - 1 - HASH_DIGITS);
  while (size > 0 && size < bytes.length && ((bytes[size] ?? 0) & 0xc0) === 0x80) size--;
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  const digits = hash.toString(16).padStart(HASH_DIGITS, '0');
  return `${bytes.toString('utf8', 0, size)}~${digits}`;
}

/** A log's key in its directory: its name, or of a long name the beginning and a hash. */
function keyOf(log: string): string {
  const name = basename(log);
  return Buffer.byteLength(name) <= MAX_KEY ? name : hashedKey(name, name);
}

/** Where shared memory is mounted. */
function memoryBases(): string[] {
  if (process.platform !== 'linux') return [];
  const runtime = process.env.XDG_RUNTIME_DIR;
  return runtime?.startsWith('/') === true ? ['/dev/shm', runtime] : ['/dev/shm'];
}

/** Directories in shared memory of this user and of others. */
function memoryDirectories(users: Iterable<number>): string[] {
  const directories: string[] = [];
  for (const user of users) {
    for (const base of memoryBases()) {
      const directory = join(base, `dllogger-${user}`);
      if (isPrivateOf(directory, user) && statfsSync(base).type === TMPFS) {
        directories.push(directory);
      }
    }
  }
  return directories;
}

/** Whether a directory belongs to a user; another user's may hold anything. False where it cannot be looked at. */
function isPrivateOf(directory: string, user: number): boolean {
  try {
    const status = lstatSync(directory);
    return status.isDirectory() && status.uid === user && (status.mode & 0o022) === 0;
  } catch {
    return false;
  }
}

function placesOf(log: string, users: Iterable<number>): Place[] {
  const key = hashedKey(basename(log), log);
  return [
    { directory: dirname(log), key: keyOf(log), isInMemory: false },
    ...memoryDirectories(users).map((directory) => ({ directory, key, isInMemory: true })),
  ];
}

/** The rings under a key: `.KEY.ring`, and those in directories of this user and of the log's owner. */
function ringsUnder(directory: string, key: string, users: Iterable<number>): string[] {
  const rings = [join(directory, `.${key}.ring`)];
  for (const user of users) {
    const folder = join(directory, `.${key}.${user}.rings`);
    const status = lstatSync(folder, { throwIfNoEntry: false });
    // Another user's directory may hold anything.
    if (status?.isDirectory() !== true || status.uid !== user) continue;
    for (const name of namesIn(folder)) {
      if (RING_IN_FOLDER.test(name)) rings.push(join(folder, name));
    }
  }
  return rings.filter(mayHoldRecords);
}

/**
 * False for a ring that was emptied, as recovery does where it cannot delete the ring; for a pipe; and where there is
 * none.
 *
 * @throws the system's error where the path may not be looked at.
 */
export function mayHoldRecords(ring: string): boolean {
  return (lstatSync(ring, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/**
 * Files in which native writers, alive or killed, may keep records of a log: under the log's name, and under the name
 * that its file had when the ring was made. Empty where no ring can be seen.
 */
export function ringsOf(path: string): string[] {
  try {
    // A ring lies beside the file that a link leads to.
    const log = existsSync(path)
      ? realpathSync(path)
      : join(realpathSync(dirname(path)), basename(path));
    const status = statSync(log, { bigint: true, throwIfNoEntry: false });
    const own = process.geteuid?.() ?? 0;
    const users = new Set([own, Number(status?.uid ?? own)]);
    return placesOf(log, users).flatMap((place) => ringsAt(place, status, users));
  } catch {
    return [];
  }
}

function tellsOfRing(name: string): boolean {
  return RING.test(name) || FOLDER.test(name) || FORMER.test(name);
}

/** What a directory held at its latest change. */
interface Asked {
  readonly mtimeMs: number;
  /** Whether any later change will show in the directory's time. */
  readonly isSettled: boolean;
  readonly mayHold: boolean;
}

/** Finds the rings of many logs, of which most have none: what a directory holds is asked once for all logs in it. */
export class RingFinder {
  readonly #asked = new Map<string, Asked>();
  /** What was asked within the last second. */
  readonly #mayHold = new Map<string, boolean>();
  readonly #inMemory = new Map<number, readonly string[]>();
  #askedAt = Number.NEGATIVE_INFINITY;

  /**
   * As the function of the same name.
   *
   * @param user The id of the user who owns the log.
   */
  ringsOf(path: string, user: number): string[] {
    const now = performance.now();
    if (now - this.#askedAt > ASKED_MS) {
      this.#mayHold.clear();
      this.#inMemory.clear();
      this.#askedAt = now;
    }
    return this.#mayHaveRings(path, user) ? ringsOf(path) : [];
  }

  #mayHaveRings(path: string, user: number): boolean {
    try {
      const beside = dirname(realpathSync.native(path));
      const own = process.geteuid?.() ?? 0;
      const inMemory = this.#inMemory.get(user) ?? memoryDirectories(new Set([own, user]));
      this.#inMemory.set(user, inMemory);
      return [beside, ...inMemory].some((directory) => this.#holdsRings(directory));
    } catch {
      return true;
    }
  }

  #holdsRings(directory: string): boolean {
    const known = this.#mayHold.get(directory);
    if (known !== undefined) return known;
    const { mtimeMs } = statSync(directory);
    const asked = this.#asked.get(directory);
    const isCurrent = asked?.isSettled === true && asked.mtimeMs === mtimeMs;
    const isSettled = Date.now() - mtimeMs > SETTLED_MS;
    const mayHold = isCurrent ? asked.mayHold : readdirSync(directory).some(tellsOfRing);
    this.#asked.set(directory, { mtimeMs, isSettled, mayHold });
    this.#mayHold.set(directory, mayHold);
    return mayHold;
  }
}

/** The rings of a log in one place; empty where the place cannot be read, as another user's. */
function ringsAt(place: Place, log: BigIntStats | undefined, users: Iterable<number>): string[] {
  try {
    const rings = ringsUnder(place.directory, place.key, users);
    const former = log === undefined ? undefined : formerKey(place, log);
    if (former === undefined || former === place.key) return rings;
    return [...rings, ...ringsUnder(place.directory, former, users)];
  } catch {
    return [];
  }
}

/** The key of a file's rings when they were made. */
function formerKey(place: Place, { dev, ino }: BigIntStats): string | undefined {
  try {
    // Device numbers as the kernel writes them: major and minor, 32 bits each.
    const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n);
    const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
    const device = place.isInMemory ? `${(major << 32n) | minor}-` : '';
    const key = readlinkSync(join(place.directory, `.ring-${device}${ino}`));
    return key === '' || key.includes('/') ? undefined : key;
  } catch {
    return undefined;
  }
}

/**
 * The log of the ring at a path; undefined where the path is that of no ring.
 *
 * @param user The user whose file the ring must be for its content to count; without one, that of any user.
 */
export function logOfRing(path: string, user?: number): string | undefined {
  const name = basename(path);
  const directory = dirname(path);
  const key = RING_IN_FOLDER.test(name)
    ? (FOLDER.exec(basename(directory))?.[1] ?? RING.exec(name)?.[1])
    : RING.exec(name)?.[1];
  if (key === undefined) return undefined;
  const isInFolder = FOLDER.test(basename(directory)) && RING_IN_FOLDER.test(name);
  const place = isInFolder ? dirname(directory) : directory;
  if (!/~[0-9a-f]{16}$/.test(key)) return join(place, key);
  // The ring's header has the path of a log whose name is long, or whose ring lies elsewhere.
  const log = logInHeader(path, user);
  if (log !== undefined && hashedKey(basename(log), log) === key) return log;
  return join(place, log !== undefined && keyOf(log) === key ? basename(log) : key);
}

function logInHeader(path: string, user?: number): string | undefined {
  const bytes = Buffer.alloc(HEADER.path + HEADER.pathSize);
  try {
    const file = openSync(path, RING_FLAGS);
    try {
      const status = fstatSync(file);
      if (!status.isFile() || (user !== undefined && status.uid !== user)) return undefined;
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
  // A path that was cut to the header's room lacks the name.
  return end < 0 ? undefined : text.toString('utf8', 0, end);
}

/**
 * Rings in shared memory of the logs in a directory, and below it: this user's, and, of other users whose shared memory
 * this user may read, those of their own logs.
 */
export function ringsInMemory(directory: string, isRecursive: boolean): string[] {
  let real: string;
  try {
    real = realpathSync(directory);
  } catch {
    return [];
  }
  const own = process.geteuid?.() ?? 0;
  const ringsOfUser = (user: number, memory: string) =>
    ringsIn(memory, namesIn(memory)).filter((ring) => {
      const log = logOfRing(ring, user);
      if (log === undefined) return false;
      const isBelow = isRecursive ? !relative(real, log).startsWith('..') : dirname(log) === real;
      return isBelow && (user === own || ownerOf(log) === user);
    });
  return [...usersInMemory().add(own)].flatMap((user) =>
    memoryDirectories([user]).flatMap((memory) => ringsOfUser(user, memory)),
  );
}

/** The owner of a file; undefined where there is none, or its path cannot be followed. */
function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}

/** Users who have a directory for rings in shared memory. */
function usersInMemory(): Set<number> {
  const names = memoryBases().flatMap(namesIn);
  return new Set(names.flatMap((name) => /^dllogger-(\d+)$/.exec(name)?.[1] ?? []).map(Number));
}

/** The names in a directory; none where this user may not read it. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** The rings in a directory, and in its directories that were made for rings. */
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
