/** The loggers that are compared, behind one call each. All write the same record to a file. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { pino } from 'pino';

export interface Driver {
  log(epoch: number, iteration: number, loss: number, lr: number, ips: number): void;
  /** Returns when the operating system has every byte. */
  flush(): void;
}

export const DRIVERS: Readonly<Record<string, (path: string) => Promise<Driver>>> = {
  native: dllogger,
  typescript: dllogger,
  pino: async (path) => {
    const destination = pino.destination({ dest: path, sync: true, minLength: 8192 });
    const logger = pino(destination);
    return {
      log: (epoch, iteration, loss, lr, ips) =>
        logger.info({
          step: [epoch, iteration],
          data: { 'train.loss': loss, lr, 'train.total_ips': ips },
        }),
      flush: () => destination.flushSync(),
    };
  },
  'fs.writeSync': async (path) => {
    const file = openSync(path, 'a');
    process.on('exit', () => closeSync(file));
    return {
      log: (epoch, iteration, loss, lr, ips) => {
        const timestamp = Date.now() / 1000;
        const data = { 'train.loss': loss, lr, 'train.total_ips': ips };
        writeSync(file, `DLLL ${JSON.stringify({ timestamp, step: [epoch, iteration], data })}\n`);
      },
      flush: () => {},
    };
  },
};

/** Ours; the environment chooses the implementation. */
async function dllogger(path: string): Promise<Driver> {
  const { JSONStreamBackend, Logger } = await import('dllogger');
  const logger = new Logger([new JSONStreamBackend(1, path)]);
  return {
    log: (epoch, iteration, loss, lr, ips) =>
      logger.log([epoch, iteration], { 'train.loss': loss, lr, 'train.total_ips': ips }),
    flush: () => logger.flush(),
  };
}
