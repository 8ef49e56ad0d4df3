/**
 * One rank: opens its log on a message, together with all others, and logs. After each `log()` the process writes the
 * number of records into a separate file by a system call: a witness that a kill cannot undo.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JSONStreamBackend, Logger, rank, Verbosity } from 'dllogger';
import { onlyFrom } from '../support/arguments.js';
import { EPOCH, type Orders } from './protocol.js';

const text = process.argv[2] ?? '';
onlyFrom('npm run test:ranks', text.startsWith('{'));
const { directory, records, rest } = JSON.parse(text) as Orders;
const own = rank();
const witness = openSync(join(directory, `witness.${own.rank}`), 'w');
const entry = new Uint32Array(1);

process.once('message', async () => {
  const begun = performance.now();
  const logger = new Logger([
    new JSONStreamBackend(Verbosity.VERBOSE, join(directory, `log.${own.rank}.json`)),
  ]);
  const opened = performance.now() - begun;
  for (let i = 0; i < records; i++) {
    // Each rank logs 1: the sum is the number of ranks that have the step.
    const data = { loss: 1 / (1 + i + own.rank / own.size), ranks: 1 };
    logger.log([Math.floor(i / EPOCH), i % EPOCH], data);
    entry[0] = i + 1;
    writeSync(witness, entry, 0, 4, 0);
    await sleep(rest * Math.random());
  }
  process.once('message', () => {
    logger.close();
    process.disconnect();
  });
  process.send?.({ opened });
});
process.send?.('ready');
