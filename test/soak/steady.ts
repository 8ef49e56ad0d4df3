/** The process of a soak that is never killed: logs in bursts, and follows the orders of its parent. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JSONStreamBackend, Logger, Verbosity } from 'dllogger';
import { metricsOf } from '../crash/record.js';
import { onlyFrom } from '../support/arguments.js';
import { type Answer, type Order, STEADY_WRITER } from './protocol.js';

function answer(message: Answer): void {
  process.send?.(message);
}

async function main(path: string, directory: string): Promise<void> {
  const backend = new JSONStreamBackend(Verbosity.VERBOSE, path, { append: true });
  const logger = new Logger([backend]);
  let isStopped = false;
  process.on('message', (order: Order) => {
    if (order === 'stop') {
      isStopped = true;
      return;
    }
    try {
      backend.reopen();
      answer({ kind: 'reopened' });
    } catch (error) {
      answer({ kind: 'failed', message: String(error) });
    }
  });
  answer({ kind: 'open' });
  let sequence = 0;
  let others = 0;
  while (!isStopped) {
    // Now and then more than the ring holds.
    const burst = Math.random() < 0.002 ? 30_000 : Math.floor(Math.random() * 300);
    for (let i = 0; i < burst; i++) {
      logger.log([STEADY_WRITER, sequence], metricsOf(STEADY_WRITER, sequence));
      sequence++;
    }
    if (Math.random() < 0.01) {
      // Other logs are opened and closed meanwhile.
      for (let i = 0; i < 20; i++) {
        const other = new JSONStreamBackend(Verbosity.VERBOSE, join(directory, 'other.json'));
        new Logger([other]).log([i], { loss: i });
        other.close();
        others++;
      }
    }
    await sleep(Math.random() * 40);
  }
  backend.close();
  const { dropped, waits, lastError, notCrashSafe = '' } = backend.stats();
  const error = lastError?.code ?? 'none';
  answer({
    kind: 'end',
    ...{ records: sequence, dropped, waits, others },
    ...{ lastError: error, notCrashSafe },
  });
  process.disconnect();
}

onlyFrom('npm run soak', process.send !== undefined);
await main(process.argv[2] ?? '', process.argv[3] ?? '');
