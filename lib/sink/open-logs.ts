/** The logs that are open in this thread, whichever copy of the package opened them. */
import { shared } from '../base/shared.js';

/** Tells device and inode of an open log's file; undefined where its path leads to no file. */
type OpenLog = () => string | undefined;

const openLogs = shared('openLogs.1', () => new Set<OpenLog>());

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
