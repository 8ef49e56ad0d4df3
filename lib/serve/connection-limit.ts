import type { Server } from 'node:net';

/** Open files that connections leave to the runtime, the logs and the files of the page. */
const RESERVED = 40;

/**
 * Keeps a server's connections within the number of files that the process may open, so that logs are read however
 * many pages are open. Those beyond are closed at once.
 *
 * @param onReached Called with the most connections, the first time that one is refused.
 */
export function limitConnections(server: Server, onReached: (most: number) => void): void {
  const allowed = allowedFiles();
  if (allowed === undefined) return;
  const most = Math.max(allowed - RESERVED, 1);
  server.maxConnections = most;
  server.once('drop', () => onReached(most));
}

/** How many files the process may have open; undefined where the system has no limit, or does not tell. */
function allowedFiles(): number | undefined {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = report.userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : undefined;
}
