import { isObject } from '../../reader/parse.js';
import type { JsonObject, JsonValue } from '../../reader/types.js';
import type { StepLevel } from '../global-step.js';
import {
  type LogEnd,
  type LogIdentity,
  type LogTarget,
  type Position,
  type Report,
  type Target,
  textOf,
} from '../target.js';
import { type Batch, Waiting } from './batches.js';
import { MlflowClient } from './client.js';
import { CleanNames } from './names.js';
import { createRun, experimentOf, findRun, RECORDS_TAG, type ServerRun } from './run.js';

/** Longest value of a parameter and of a tag, in characters. */
const MAX_PARAMETER = 6000;
const MAX_TAG = 5000;

const PREFIXES: Readonly<Record<StepLevel, string>> = {
  iteration: '',
  epoch: 'epoch/',
  validation: 'validation/',
  summary: 'summary/',
};

const STATES: Readonly<Record<LogEnd, string>> = {
  finished: 'FINISHED',
  killed: 'KILLED',
  running: 'RUNNING',
};

export interface MlflowOptions {
  /** Address of the tracking server, for instance `http://127.0.0.1:5000`. Default: MLFLOW_TRACKING_URI. */
  readonly url?: string | undefined;
  /** Name of the experiment, which is created where there is none. Default: MLFLOW_EXPERIMENT_NAME, or `Default`. */
  readonly experiment?: string | undefined;
  /**
   * `epoch`, the default: only records at `[epoch]` and `[]`, since a server takes a few thousand metrics a second.
   * `all`: every record.
   */
  readonly depth?: 'epoch' | 'all' | undefined;
}

/**
 * Runs on a tracking server of MLflow, one for each log.
 *
 * @throws MlflowError for an invalid address.
 */
export function mlflow(options: MlflowOptions): Target {
  const { url = process.env.MLFLOW_TRACKING_URI ?? '', depth = 'epoch' } = options;
  const { experiment = process.env.MLFLOW_EXPERIMENT_NAME ?? 'Default' } = options;
  const client = new MlflowClient(url);
  return {
    name: 'mlflow',
    levels: depth === 'epoch' ? ['epoch', 'summary'] : undefined,
    forgets: false,
    open: (log, report) => new MlflowLog(client, experiment, log, report),
  };
}

class MlflowLog implements LogTarget {
  readonly #client: MlflowClient;
  readonly #experiment: string;
  readonly #log: LogIdentity;
  readonly #report: Report;
  readonly #names = new CleanNames();
  readonly #waiting = new Waiting();
  /** What the run has already: parameters cannot be changed, tags need not be sent again. */
  readonly #params = new Map<string, string>();
  readonly #tags = new Map<string, string>();
  #run: string | undefined;
  #status = '';
  #digest = '';
  #begin = 0;
  #latest = 0;
  #record = -1;

  constructor(client: MlflowClient, experiment: string, log: LogIdentity, report: Report) {
    this.#client = client;
    this.#experiment = experiment;
    this.#log = log;
    this.#report = report;
  }

  record(index: number, digest: string): void {
    this.#record = index;
    this.#digest = digest;
  }

  session(time: number): void {
    if (this.#begin === 0) this.#begin = Math.round(time * 1000);
  }

  scalars(position: Position, names: readonly string[], values: ArrayLike<number>): void {
    const timestamp = Math.round(position.time * 1000);
    this.#latest = timestamp;
    for (let i = 0; i < names.length; i++) {
      const key = this.#names.of(PREFIXES[position.level] + (names[i] as string));
      const value = numberOf(values[i] as number);
      const metric = { key, value, timestamp, step: position.step };
      if (!this.#waiting.add(metric, this.#record)) this.#report.sent++;
    }
  }

  text(): void {
    this.#report.skip('values that are text');
  }

  parameters(_time: number, values: JsonObject): void {
    for (const [name, value] of leaves(values)) {
      this.#waiting.params.set(this.#names.of(name), this.#cut(value, MAX_PARAMETER, name));
    }
  }

  environment(_time: number, values: JsonObject): void {
    for (const [name, value] of leaves(values)) this.#tag(`environment.${name}`, value);
  }

  metadata(metric: string, metadata: JsonObject): void {
    this.#tag(`metadata.${metric}`, JSON.stringify(metadata));
  }

  async drain(): Promise<void> {
    if (this.#waiting.isEnough) await this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    if (this.#record < 0) return;
    const run = this.#run ?? (await this.#open());
    this.#forgetSettled();
    for (;;) {
      const batch = this.#waiting.next(this.#record + 1);
      if (batch === undefined) return;
      await this.#send(run, batch);
    }
  }

  async end(state: LogEnd): Promise<void> {
    await this.#sendAll();
    const status = STATES[state];
    if (this.#run === undefined || status === this.#status) return;
    const end = state === 'running' ? {} : { end_time: this.#latest };
    await this.#client.post('runs/update', { run_id: this.#run, status, ...end });
    this.#status = status;
  }

  async close(): Promise<void> {}

  async #open(): Promise<string> {
    const experiment = await experimentOf(this.#client, this.#experiment);
    const found =
      (await findRun(this.#client, experiment, this.#digest)) ??
      (await createRun(this.#client, experiment, this.#digest, {
        name: this.#log.run,
        begin: this.#begin,
        path: this.#log.path,
      }));
    this.#know(found);
    return found.id;
  }

  #know({ id, status, params, tags }: ServerRun): void {
    this.#run = id;
    this.#status = status;
    for (const [key, value] of params) this.#params.set(key, value);
    for (const [key, value] of tags) this.#tags.set(key, value);
    this.#report.sent += this.#waiting.skipTo(Number(tags.get(RECORDS_TAG) ?? 0) || 0);
  }

  /** Leaves out what the run has already; the server refuses another value of a parameter. */
  #forgetSettled(): void {
    for (const [key, value] of this.#waiting.tags) {
      if (this.#tags.get(key) !== value) continue;
      this.#waiting.tags.delete(key);
      this.#report.sent++;
    }
    for (const [key, value] of this.#waiting.params) {
      const settled = this.#params.get(key);
      if (settled === undefined) continue;
      this.#waiting.params.delete(key);
      if (settled === value) {
        this.#report.sent++;
        continue;
      }
      this.#report.skip('parameters that have another value in the run already');
      this.#report.notes.add(
        `the parameter ${key} stays ${settled}: MLflow does not change it to ${value}`,
      );
    }
  }

  async #send(run: string, batch: Batch): Promise<void> {
    const { metrics, params, tags, records } = batch;
    const position = { key: RECORDS_TAG, value: `${records}` };
    await this.#client.post('runs/log-batch', {
      run_id: run,
      metrics,
      params,
      tags: [...tags, position],
    });
    this.#waiting.done(batch);
    for (const { key, value } of params) this.#params.set(key, value);
    for (const { key, value } of tags) this.#tags.set(key, value);
    this.#report.sent += metrics.length + params.length + tags.length;
  }

  #tag(name: string, value: string): void {
    const key = this.#names.of(name);
    this.#waiting.tags.set(key, this.#cut(value, MAX_TAG, name));
  }

  #cut(text: string, limit: number, name: string): string {
    if (text.length <= limit) return text;
    this.#report.notes.add(`${name} was cut after ${limit} characters, MLflow's limit`);
    return text.slice(0, limit);
  }
}

/** A number in the server's form: JSON has no NaN and no infinities. */
function numberOf(value: number): number | string {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

/** Nested values by their names joined with dots, as text. */
function leaves(values: JsonObject, prefix = ''): [string, string][] {
  return Object.entries(values).flatMap(([name, value]: [string, JsonValue]): [string, string][] =>
    isObject(value) && Object.keys(value).length > 0
      ? leaves(value, `${prefix}${name}.`)
      : [[prefix + name, textOf(value)]],
  );
}
