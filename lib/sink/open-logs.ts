/**
 * The logs that are open in this thread, shared by every copy of the package in it: a module that is evaluated again
 * (hot reloading, a cleared `require.cache`) or lies in a second bundle has variables of its own.
 */

/** Tells device and inode of an open log's file; undefined where its path leads to no file. */
type OpenLog = () => string | undefined;

/** Ends in the version of what lies there: another version of the package may be loaded, too. */
const KEY = Symbol.for('dllogger.openLogs.1');

const shared = globalThis as { [KEY]?: Set<OpenLog> };
shared[KEY] ??= new Set();
const openLogs = shared[KEY];

/** Notes an open log. Returns a function that notes its end. */
export function noteOpen(log: OpenLog): () => void {
  openLogs.add(log);
  return () => openLogs.delete(log);
}

/** Whether this thread writes a file, told by its device and inode. */
export function isOpenHere(file: string): boolean {
  return [...openLogs].some((log) => log() === file);
}

/** Device and inode, in a form that files are compared by. */
export function fileOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}:${ino}`;
}
