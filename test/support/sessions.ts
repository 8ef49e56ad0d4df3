/** Makes logs of several sessions: the lines of loggers that were created at given times. */
import { writeFileSync } from 'node:fs';
import { newPath } from './log.js';

export const BEGIN = 1_790_000_000;

/** The lines of a logger that was created `start` seconds after BEGIN and logged once a second. */
export function session(
  start: number,
  records: readonly (readonly [step: unknown, data: object])[],
): string {
  return records
    .map(([step, data], i) => {
      const time = (BEGIN + start + i).toFixed(6);
      return (
        `DLLL {"timestamp": "${time}", "datetime": "2026-09-21 14:13:20.000000", ` +
        `"elapsedtime": "${i.toFixed(6)}", "type": "LOG", "step": ${JSON.stringify(step)}, ` +
        `"data": ${JSON.stringify(data)}}\n`
      );
    })
    .join('');
}

/** Epochs of three iterations, all with the same loss. */
export function epochs(from: number, to: number, loss: number): (readonly [unknown, object])[] {
  return Array.from({ length: to - from }, (_, e) => e + from).flatMap((epoch) => [
    ...[0, 1, 2].map((i) => [[epoch, i], { loss }] as const),
    [[epoch], { acc: loss }] as const,
  ]);
}

export function logOf(...sessions: string[]): string {
  const path = newPath();
  writeFileSync(path, sessions.join(''));
  return path;
}
