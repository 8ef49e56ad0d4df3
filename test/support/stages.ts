/** Stages that the processes of a test reach, so that what a test is about happens while all of them run. */
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Run, temporaryDirectory } from './run.js';

/**
 * Defines for scripts, whose last argument is the place of `Stages`: `reach(stage)`, `isReached(stage)`,
 * `reached(stage)`, which waits, and `pause()` of a millisecond. Synchronous, as the programs that log are.
 * Throws once the test file has ended, also by a kill.
 */
export const STAGES = `
  import { existsSync as isThere, writeFileSync as makeFile } from 'node:fs';
  const reach = (stage) => makeFile(process.argv.at(-1) + '/' + stage, '');
  const parent = process.ppid;
  const isReached = (stage) => {
    const isEnded = process.ppid !== parent || !isThere(process.argv.at(-1));
    if (isEnded) throw new Error('no ' + stage + ' before the end of the test file');
    return isThere(process.argv.at(-1) + '/' + stage);
  };
  const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  const reached = (stage) => {
    while (!isReached(stage)) pause();
  };
`;

const root = temporaryDirectory();

/** The stages of one test: a file each. */
export class Stages {
  /** The last argument of each script. */
  readonly place = mkdtempSync(join(root, 'stages-'));

  reach(stage: string): void {
    writeFileSync(join(this.place, stage), '');
  }

  /**
   * Waits until the processes have reached the stages.
   *
   * @throws Error when one of the processes ends before.
   */
  async reached(stages: readonly string[], processes: readonly Promise<Run>[]): Promise<void> {
    const ended: Run[] = [];
    for (const process of processes) process.then((run) => ended.push(run));
    while (!stages.every((stage) => existsSync(join(this.place, stage)))) {
      if (ended[0] !== undefined) throw new Error(`ended early: ${JSON.stringify(ended[0])}`);
      await sleep(1);
    }
  }
}
