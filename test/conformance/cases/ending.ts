/** Logs to the file argv[2] and ends in the way that argv[3] names; or its worker does. */
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { JSONStreamBackend, Logger } from 'dllogger';

export const RECORDS = 5000;

interface Task {
  readonly path: string;
  readonly ending: string;
}

function logMany({ path, ending }: Task): Logger {
  const crashSafe = ending !== 'exit without a ring file';
  const logger = new Logger([new JSONStreamBackend(1, path, { crashSafe })]);
  for (let i = 0; i < RECORDS; i++) logger.log([i], { loss: i / 7, name: `record ${i}` });
  return logger;
}

function really(code: number): void {
  (process as unknown as { reallyExit(code: number): void }).reallyExit(code);
}

const inMain: Readonly<Record<string, (logger: Logger) => void>> = {
  natural: () => {},
  exit: () => process.exit(3),
  'exit without a ring file': () => process.exit(3),
  'exit in a later tick': () => setImmediate(() => process.exit(3)),
  reallyExit: () => really(4),
  'exit code': () => {
    process.exitCode = 5;
  },
  throw: () => {
    throw new Error('the loss is NaN');
  },
  'throw in a timer': () => {
    setTimeout(() => {
      throw new Error('late');
    }, 1);
  },
  rejection: () => {
    void Promise.reject(new Error('the data set is gone'));
  },
  listener: (logger) => {
    process.on('exit', () => logger.log([RECORDS], {}));
    process.exit(0);
  },
  kill: () => {
    process.kill(process.pid, 'SIGKILL');
    // On some systems a signal to the own process takes a moment.
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  },
};

/** What a worker does at its end, and what its parent does once the worker has logged. */
const inWorker: Readonly<Record<string, [worker: () => void, parent: (worker: Worker) => void]>> = {
  'worker, natural': [() => {}, () => {}],
  'worker, exit': [() => process.exit(0), () => {}],
  'worker, throw': [
    () => {
      throw new Error('the worker fails');
    },
    () => {},
  ],
  'worker, terminate': [() => setInterval(() => {}, 1000), (worker) => void worker.terminate()],
  'worker, while main exits': [() => setInterval(() => {}, 1000), () => process.exit(0)],
};

if (isMainThread) {
  const task: Task = { path: process.argv[2] ?? '', ending: process.argv[3] ?? '' };
  if (task.ending in inWorker) {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: task });
    worker.on('error', () => {});
    worker.on('message', () => inWorker[task.ending]?.[1](worker));
  } else {
    inMain[task.ending]?.(logMany(task));
  }
} else {
  const task = workerData as Task;
  logMany(task);
  parentPort?.postMessage('logged');
  inWorker[task.ending]?.[0]();
}
