/** Files that must not outlive the command, however it ends (but for SIGKILL). */
import { rmSync } from 'node:fs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const paths = new Set<string>();

/** Removes a path, and its content, when the process exits or a signal ends it. Returns a function that cancels this. */
export function removeAtEnd(path: string): () => void {
  if (paths.size === 0) listen();
  paths.add(path);
  return () => {
    paths.delete(path);
    if (paths.size === 0) ignore();
  };
}

function listen(): void {
  process.on('exit', removeAll);
  for (const signal of SIGNALS) process.on(signal, end);
}

function ignore(): void {
  process.off('exit', removeAll);
  for (const signal of SIGNALS) process.off(signal, end);
}

function removeAll(): void {
  for (const path of paths) rmSync(path, { recursive: true, force: true });
}

/** Ends the process as the signal would without a listener: the parent sees which signal it was. */
function end(signal: NodeJS.Signals): void {
  removeAll();
  ignore();
  process.kill(process.pid, signal);
}
