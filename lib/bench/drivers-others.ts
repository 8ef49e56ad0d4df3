/** Loggers of the npm registry, each set up as its own documents say. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { DriverSpec } from './driver.js';
import { requireFrom } from './driver.js';

/** The parts of foreign packages that are used; none of them is a dependency. */
interface SonicBoom extends NodeJS.EventEmitter {
  write(text: string): boolean;
  flushSync(): void;
  flush(done: (error?: Error) => void): void;
  end(): void;
}
interface Log {
  info(fields: object): void;
}
interface Pino {
  (destination: unknown): Log;
  destination(options: object): SonicBoom;
  transport(options: object): SonicBoom;
}
interface Winston {
  createLogger(options: object): Writable & { log(entry: object): void };
  readonly format: { json(): unknown };
  readonly transports: { readonly File: new (options: object) => Writable };
}
interface Bunyan {
  createLogger(options: object): Log & { readonly streams: readonly { stream: Writable }[] };
}

function flushed(stream: SonicBoom): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.flush((error) => (error ? reject(error) : resolve()));
  });
}

async function ended(stream: SonicBoom): Promise<void> {
  const closed = once(stream, 'close');
  stream.end();
  await closed;
}

/** For streams that cannot be flushed: waits until they have handed on what they hold. */
async function drained(...streams: readonly Writable[]): Promise<void> {
  while (streams.some((stream) => stream.writableLength > 0)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Characters that buffered loggers collect: 8 kB, two pages, as their documents suggest at least. */
const BUFFER = 8192;

export const OTHERS: readonly DriverSpec[] = [
  {
    name: 'pino (sync)',
    needs: ['pino'],
    create: ({ path, roots }) => {
      const pino = requireFrom(roots, 'pino') as Pino;
      const stream = pino.destination({ dest: path, sync: true, minLength: BUFFER });
      const logger = pino(stream);
      return {
        log: (step, data) => logger.info({ step, data }),
        flush: () => stream.flushSync(),
        close: () => ended(stream),
      };
    },
  },
  {
    name: 'pino (async)',
    needs: ['pino'],
    create: ({ path, roots }) => {
      const pino = requireFrom(roots, 'pino') as Pino;
      const stream = pino.destination({ dest: path, sync: false, minLength: BUFFER });
      const logger = pino(stream);
      return {
        log: (step, data) => logger.info({ step, data }),
        flush: () => flushed(stream),
        close: () => ended(stream),
      };
    },
  },
  {
    name: 'pino (worker)',
    needs: ['pino'],
    create: ({ path, roots }) => {
      const pino = requireFrom(roots, 'pino') as Pino;
      const stream = pino.transport({ target: 'pino/file', options: { destination: path } });
      const logger = pino(stream);
      return {
        log: (step, data) => logger.info({ step, data }),
        flush: () => flushed(stream),
        close: () => ended(stream),
      };
    },
  },
  {
    name: 'winston',
    needs: ['winston'],
    create: ({ path, roots }) => {
      const winston = requireFrom(roots, 'winston') as Winston;
      const transport = new winston.transports.File({ filename: path });
      const logger = winston.createLogger({
        format: winston.format.json(),
        transports: [transport],
      });
      return {
        log: (step, data) => logger.log({ level: 'info', message: '', step, data }),
        flush: () => drained(logger, transport),
        close: async () => {
          const finished = once(transport, 'finish');
          logger.end();
          await finished;
        },
      };
    },
  },
  {
    name: 'bunyan',
    needs: ['bunyan'],
    create: ({ path, roots }) => {
      const bunyan = requireFrom(roots, 'bunyan') as Bunyan;
      const logger = bunyan.createLogger({ name: 'bench', streams: [{ path }] });
      const streams = logger.streams.map(({ stream }) => stream);
      return {
        log: (step, data) => logger.info({ step, data }),
        flush: () => drained(...streams),
        close: async () => {
          await Promise.all(streams.map((stream) => once(stream.end(), 'finish')));
        },
      };
    },
  },
  {
    name: 'JSON.stringify + sonic-boom',
    needs: ['sonic-boom'],
    create: ({ path, roots }) => {
      const SonicBoom = requireFrom(roots, 'sonic-boom') as new (options: object) => SonicBoom;
      const stream = new SonicBoom({ dest: path, sync: true, minLength: BUFFER });
      return {
        log: (step, data) => {
          const timestamp = Date.now() / 1000;
          stream.write(`DLLL ${JSON.stringify({ timestamp, type: 'LOG', step, data })}\n`);
        },
        flush: () => stream.flushSync(),
        close: () => ended(stream),
      };
    },
  },
];
