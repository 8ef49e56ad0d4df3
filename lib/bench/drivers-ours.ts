/** DLLogger in both implementations, and the yardsticks of its call: clock and record. */
import type { Destination, Driver, DriverSpec } from './driver.js';

/** Loads the package that contains this file, or the package that the repository's benchmark has made. */
async function load(): Promise<typeof import('../index.js')> {
  return import(process.env.DLLOGGER_BENCH_ENTRY ?? '../index.js');
}

async function open({ path }: Destination): Promise<Driver> {
  const { JSONStreamBackend, Logger } = await load();
  const logger = new Logger([new JSONStreamBackend(1, path)]);
  return {
    log: (step, data) => logger.log(step, data as Record<string, number>),
    flush: () => logger.flush(),
    close: () => logger.close(),
  };
}

async function recover(path: string): Promise<void> {
  const { recover: recoverLog } = await load();
  recoverLog(path);
}

/** Keeps the record of a yardstick, so that the engine cannot leave out building the record. */
export const kept: { step: unknown; data: unknown; time: number } = {
  step: undefined,
  data: undefined,
  time: 0.5,
};

export const OURS: readonly DriverSpec[] = [
  { name: 'dllogger', env: { DLLOGGER_NATIVE: '1' }, create: open, recover },
  { name: 'dllogger (TypeScript)', env: { DLLOGGER_NATIVE: '0' }, create: open },
  {
    name: 'clock and record',
    isYardstick: true,
    create: () => ({
      log: (step, data) => {
        kept.step = step;
        kept.data = data;
        kept.time = performance.now();
      },
      flush: () => {},
      close: () => {},
    }),
  },
  {
    name: 'record alone',
    isYardstick: true,
    create: () => ({
      log: (step, data) => {
        kept.step = step;
        kept.data = data;
      },
      flush: () => {},
      close: () => {},
    }),
  },
];
