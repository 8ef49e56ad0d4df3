/** Reading logs for a command: with progress on standard error where that is a terminal. */
import { stat } from 'node:fs/promises';
import type { ProblemCounter } from '../reader/problems.js';
import { type FollowOptions, Scan, type Sink } from '../reader/scan.js';
import { printable } from './escape.js';
import type { Output } from './output.js';

/** Nobody needs to see the progress of what is done by then, in milliseconds. */
const PATIENCE = 400;
/** Between two looks of the bar. */
const INTERVAL = 100;

/**
 * Reads a log into a sink; resolves to its problems.
 *
 * @throws DLLoggerError when it cannot be read, or is no log.
 */
export async function readInto(
  path: string,
  sink: Sink,
  output: Output,
  options: FollowOptions = {},
): Promise<ProblemCounter> {
  const scan = new Scan(path, sink, options);
  const size = output.showsProgress && path !== '-' ? await sizeOf(path) : 0;
  if (size === 0) {
    await scan.finish();
  } else {
    await withProgress(scan, path, size);
  }
  return scan.problems;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    // Opening it will tell better.
    return 0;
  }
}

async function withProgress(scan: Scan, path: string, size: number): Promise<void> {
  let next = performance.now() + PATIENCE;
  let bar: import('cli-progress').SingleBar | undefined;
  try {
    for await (const _ of scan.steps()) {
      if (performance.now() < next) continue;
      next = performance.now() + INTERVAL;
      bar ??= await startBar(path, size);
      bar.update(Math.min(scan.bytesRead, size));
    }
  } finally {
    bar?.stop();
  }
}

async function startBar(path: string, size: number) {
  const { default: progress } = await import('cli-progress');
  const bar = new progress.SingleBar({
    format: `${printable(path)} [{bar}] {percentage} %`,
    stream: process.stderr,
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
  });
  bar.start(size, 0);
  return bar;
}
