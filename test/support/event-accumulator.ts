/** Reads event files by TensorBoard's own loader. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { python } from './ecosystem.js';
import { ROOT, run } from './run.js';

/** Wall time, step, value as Python prints it. */
export type Point = readonly [time: number, step: number, value: string];
export type Scalars = Readonly<Record<string, Readonly<Record<string, readonly Point[]>>>>;

const SCRIPT = join(ROOT, 'test', 'ecosystem', 'accumulated.py');

/** The scalars below a directory; `purge` leaves out those that a resumed session replaced. */
export async function scalarsOf(
  directory: string,
  ...options: readonly 'purge'[]
): Promise<Scalars> {
  const { code, stdout, stderr } = await run(python, [SCRIPT, directory, ...options]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout.slice(stdout.indexOf('{'))) as Scalars;
}
