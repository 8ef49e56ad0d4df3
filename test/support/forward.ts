/** Makes logs line by line, and forwards them to tools. */
import { writeFileSync } from 'node:fs';
import type { MlflowOptions } from 'dllogger/forward';
import { linksOf, openTargets, runLinks } from '#dist/forward/forward.js';
import { type Forwarded, stateOf } from '#dist/forward/protocol.js';
import type { Wishes } from '#dist/forward/receiver.js';
import { newPath } from './log.js';

/** When the first record of these logs was written, in seconds. */
export const BEGIN = 1_700_000_000;

/** A line of a log; `second` is its time in seconds after BEGIN. */
export function line(second: number, step: unknown, data: object): string {
  return lineOf(second, { type: 'LOG', step, data });
}

export function metadataLine(second: number, metric: string, metadata: object): string {
  return lineOf(second, { type: 'METADATA', metric, metadata });
}

function lineOf(second: number, rest: object): string {
  const about = {
    timestamp: (BEGIN + second).toFixed(6),
    datetime: '2023-11-14 22:13:20',
    elapsedtime: String(second),
  };
  return `DLLL ${JSON.stringify({ ...about, ...rest })}\n`;
}

export function logOf(...lines: readonly string[]): string {
  const path = newPath();
  writeFileSync(path, lines.join(''));
  return path;
}

/** Epochs, each with iterations counted from its start, with a validation and a summary. */
export function longLog(epochs: number, iterations: number, begin = 0): string {
  const lines: string[] = [line(begin, 'PARAMETER', { lr: 0.1, model: 'mlp' })];
  for (let e = 0; e < epochs; e++) {
    for (let i = 0; i < iterations; i++) {
      const second = begin + e * iterations + i;
      lines.push(line(second, [e, i], { loss: 1 / (1 + second), lr: 0.1, speed: second * 3.7 }));
    }
    lines.push(line(begin + (e + 1) * iterations, [e, iterations, 0], { top1: e / epochs }));
    lines.push(line(begin + (e + 1) * iterations, [e], { loss: 1 / (1 + e) }));
  }
  lines.push(line(begin + epochs * iterations, [], { loss: 0.5 }));
  return logOf(...lines);
}

/** Forwards whole logs. */
export async function forwardAll(
  logs: readonly string[],
  targets: { readonly tensorboard?: string; readonly mlflow?: MlflowOptions },
  wishes: Wishes = {},
): Promise<Forwarded[]> {
  const links = linksOf(logs, openTargets(targets));
  await runLinks(links, { follow: false, signal: new AbortController().signal, ...wishes });
  return links.map(stateOf);
}
