/** Loggers of the npm registry, each set up as its documentation says. */
import { once } from 'node:events';
import { statSync } from 'node:fs';
import type { Duplex, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
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
  createLogger(options: object): Duplex & { log(entry: object): void };
  readonly format: { json(): unknown };
  readonly transports: { readonly File: new (options: object) => Writable };
}
interface SpdlogLogger {
  info(message: string): void;
  setPattern(pattern: string): void;
  flush(): void;
  drop(): void;
}
type CreateSpdlog = (
  name: string,
  path: string,
  maxSize: number,
  maxFiles: number,
) => Promise<SpdlogLogger>;
interface Spdlog {
  readonly createRotatingLogger: CreateSpdlog;
  readonly createAsyncRotatingLogger: CreateSpdlog;
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

/** Waits until streams that cannot be flushed have passed on their content, in both directions. */
async function drained(...streams: readonly (Writable | Duplex)[]): Promise<void> {
  const held = (stream: Writable | Duplex): number =>
    stream.writableLength + ('readableLength' in stream ? stream.readableLength : 0);
  while (streams.some((stream) => held(stream) > 0)) {
    await setImmediate();
  }
}

/** Characters that buffered loggers collect: 8 kB, two pages, which their documentation suggests as a minimum. */
const BUFFER = 8192;

/** By default pino writes each line at once; `minLength` sets the size of a buffer. */
function pinoSync(name: string, buffer: { readonly minLength?: number }): DriverSpec {
  return {
    name,
    needs: ['pino'],
    create: ({ path, roots }) => {
      const pino = requireFrom(roots, 'pino') as Pino;
      const stream = pino.destination({ dest: path, sync: true, ...buffer });
      const logger = pino(stream);
      return {
        log: (step, data) => logger.info({ step, data }),
        flush: () => stream.flushSync(),
        close: () => ended(stream),
      };
    },
  };
}

export const OTHERS: readonly DriverSpec[] = [
  pinoSync('pino (sync)', {}),
  pinoSync('pino (sync, buffer)', { minLength: BUFFER }),
  {
    name: 'pino (async, buffer)',
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
          // When winston is ended with a backlog, it ends its transport before passing on the last records.
          await drained(logger, transport);
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
    name: 'JSON.stringify + sonic-boom (buffer)',
    needs: ['sonic-boom'],
    create: ({ path, roots }) => {
      const SonicBoom = requireFrom(roots, 'sonic-boom') as new (options: object) => SonicBoom;
      const stream = new SonicBoom({ dest: path, sync: true, minLength: BUFFER });
      return {
        log: (step, data) => {
          stream.write(line(step, data));
        },
        flush: () => stream.flushSync(),
        close: () => ended(stream),
      };
    },
  },
  vscodeSpdlog('JSON.stringify + @vscode/spdlog (sync)', 'createRotatingLogger'),
  vscodeSpdlog('JSON.stringify + @vscode/spdlog (async)', 'createAsyncRotatingLogger'),
];

function line(step: readonly number[], data: object): string {
  return `DLLL ${JSON.stringify({ timestamp: Date.now() / 1000, type: 'LOG', step, data })}\n`;
}

/** The logger of VS Code. No call waits for the logger's thread: the file's size shows what is written. */
function vscodeSpdlog(
  name: string,
  create: 'createRotatingLogger' | 'createAsyncRotatingLogger',
): DriverSpec {
  return {
    name,
    needs: ['@vscode/spdlog'],
    create: async ({ path, roots }) => {
      const spdlog = requireFrom(roots, '@vscode/spdlog') as Spdlog;
      // Larger than any log, so that no file is rotated.
      const logger = await spdlog[create](path, path, 2 ** 40, 1);
      logger.setPattern('%v');
      let characters = 0;
      const written = async (): Promise<void> => {
        logger.flush();
        while (statSync(path).size < characters) await setImmediate();
      };
      return {
        log: (step, data) => {
          const text = line(step, data).slice(0, -1);
          characters += text.length + 1;
          logger.info(text);
        },
        flush: written,
        close: async () => {
          await written();
          logger.drop();
        },
      };
    },
  };
}
