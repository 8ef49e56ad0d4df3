import { Verbosity } from '../backend.js';
import * as DLLogger from '../dllogger.js';
import type { LoggerLike } from '../logger.js';
import type { Data } from '../record/types.js';

export interface FitOptions {
  /** Default: the module's own logger, which `init()` has made. */
  readonly logger?: Pick<LoggerLike, 'log' | 'metadata'>;
  /** Sets `GOAL` and `STAGE` of the metrics whose names imply them: losses, errors, accuracies. Default false. */
  readonly goals?: boolean;
}

/** A number, or a tensor that holds one. */
export type FitValue = number | { dataSync(): ArrayLike<number> };

/** The values that a library reports for a batch or an epoch. */
export type FitLogs = Readonly<Record<string, FitValue>>;

/** Every hook that libraries like tfjs-layers call. None of them needs its `this`. */
export interface FitCallback {
  setParams(params?: unknown): void;
  setModel(model?: unknown): void;
  onTrainBegin(logs?: FitLogs): void;
  onTrainEnd(logs?: FitLogs): void;
  onEpochBegin(epoch: number, logs?: FitLogs): void;
  onEpochEnd(epoch: number, logs?: FitLogs): void;
  onBatchBegin(batch: number, logs?: FitLogs): void;
  onBatchEnd(batch: number, logs?: FitLogs): void;
}

/** Values that tfjs reports beside the metrics of a batch. */
const NO_METRICS = new Set(['batch', 'size']);

const MINIMIZE = /(^|_)(loss|error|mse|mae|mape|rmse|perplexity)(_|$)|error$/i;
const MAXIMIZE = /(^|_)(acc|accuracy|precision|recall|f1|auc|iou)(_|$)|accuracy$/i;

/**
 * A callback for the `fit()` of training libraries: logs `[epoch, batch]` for each batch at `Verbosity.VERBOSE`,
 * `[epoch]` for each epoch and `[]` for the last one's values at `DEFAULT`. Metrics keep their names, `val_loss`
 * too; `batch` and `size`, which tfjs reports beside them, are left out. The library is not imported. Python has no
 * counterpart.
 *
 *     await model.fit(x, y, { epochs: 5, callbacks: fitCallback() });
 *
 * @throws by its hooks what `log()` throws, for instance DLLoggerNotInitialized.
 */
export function fitCallback({ logger = DLLogger, goals = false }: FitOptions = {}): FitCallback {
  const described = new Set<string>();
  let epoch = 0;
  let last: Data = {};

  const metrics = (logs: FitLogs = {}): Data => {
    const entries = Object.entries(logs).filter(([name]) => !NO_METRICS.has(name));
    if (goals) for (const [name] of entries) describe(name);
    return Object.fromEntries(entries.map(([name, value]) => [name, numberOf(value)]));
  };

  const describe = (metric: string): void => {
    if (described.has(metric)) return;
    described.add(metric);
    const GOAL = MINIMIZE.test(metric)
      ? 'MINIMIZE'
      : MAXIMIZE.test(metric)
        ? 'MAXIMIZE'
        : undefined;
    if (GOAL !== undefined) {
      logger.metadata(metric, { GOAL, STAGE: metric.startsWith('val_') ? 'VAL' : 'TRAIN' });
    }
  };

  return {
    setParams: () => {},
    setModel: () => {},
    onTrainBegin: () => {
      last = {};
    },
    onEpochBegin: (begun) => {
      epoch = begun;
    },
    onBatchBegin: () => {},
    onBatchEnd: (batch, logs) => logger.log([epoch, batch], metrics(logs), Verbosity.VERBOSE),
    onEpochEnd: (ended, logs) => {
      last = metrics(logs);
      logger.log([ended], last, Verbosity.DEFAULT);
      // For libraries that do not report the start of an epoch.
      epoch = ended + 1;
    },
    onTrainEnd: () => {
      if (Object.keys(last).length > 0) logger.log([], last, Verbosity.DEFAULT);
    },
  };
}

function numberOf(value: FitValue): number {
  return typeof value === 'number' ? value : (value.dataSync()[0] ?? Number.NaN);
}
