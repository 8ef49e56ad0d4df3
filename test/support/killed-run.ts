/** Makes a log whose run was killed, with records that are in its ring only. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { newPath } from './log.js';
import { FULL_AT, runScript } from './run.js';

/** Number of records of a killed run, apart from that of its parameters. */
export const RECORDS = 1500;

/**
 * A log whose run was killed before all records were in the file, and the path of its ring; '' where no ring lies
 * beside the log.
 */
export async function killedRun(): Promise<{ path: string; ring: string }> {
  const path = newPath();
  const { signal, stderr } = await runScript(
    `${FULL_AT}
     import { JSONStreamBackend, Logger } from 'dllogger';
     const logger = new Logger([new JSONStreamBackend(1, ${JSON.stringify(path)})]);
     fullAt(16384);
     logger.log('PARAMETER', { lr: 0.1 });
     for (let i = 0; i < ${RECORDS}; i++) logger.log([0, i], { loss: i });
     process.kill(process.pid, 'SIGKILL');`,
  );
  assert.equal(signal, 'SIGKILL', stderr);
  const name = readdirSync(dirname(path)).find((one) =>
    one.startsWith(`.${path.split('/').at(-1)}.`),
  );
  return { path, ring: name === undefined ? '' : join(dirname(path), name) };
}
