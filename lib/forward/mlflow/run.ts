import type { Answer, MlflowClient } from './client.js';
import { MlflowError } from './client.js';

/** Tags: which log the run is of, and how many of its records the run has. */
const LOG_TAG = 'dllogger.log';
export const RECORDS_TAG = 'dllogger.records';

/** A run on the server. */
export interface ServerRun {
  readonly id: string;
  readonly status: string;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
}

/** The run of a log, found by the digest of the log's first record; undefined where there is none yet. */
export async function findRun(
  client: MlflowClient,
  experiment: string,
  digest: string,
): Promise<ServerRun | undefined> {
  const answer = await client.post('runs/search', {
    experiment_ids: [experiment],
    filter: `tags.\`${LOG_TAG}\` = '${digest}'`,
    max_results: 1,
  });
  const [found] = list(answer.runs);
  return found === undefined ? undefined : runOf(found);
}

export async function createRun(
  client: MlflowClient,
  experiment: string,
  digest: string,
  run: { readonly name: string; readonly begin: number; readonly path: string },
): Promise<ServerRun> {
  const answer = await client.post('runs/create', {
    experiment_id: experiment,
    run_name: run.name,
    start_time: run.begin,
    tags: [
      { key: LOG_TAG, value: digest },
      { key: 'dllogger.path', value: run.path.slice(0, 5000) },
    ],
  });
  return runOf(object(answer.run));
}

/** The id of the experiment with a name; creates the experiment where there is none. */
export async function experimentOf(client: MlflowClient, name: string): Promise<string> {
  try {
    return await existing(client, name);
  } catch (error) {
    if (!(error instanceof MlflowError) || error.code !== 'RESOURCE_DOES_NOT_EXIST') throw error;
  }
  try {
    const answer = await client.post('experiments/create', { name });
    return text(answer.experiment_id);
  } catch (error) {
    // Another process was faster.
    if (error instanceof MlflowError && error.code === 'RESOURCE_ALREADY_EXISTS') {
      return existing(client, name);
    }
    throw error;
  }
}

async function existing(client: MlflowClient, name: string): Promise<string> {
  const answer = await client.get('experiments/get-by-name', { experiment_name: name });
  const experiment = object(answer.experiment);
  if (experiment.lifecycle_stage === 'deleted') {
    throw new MlflowError(
      `the experiment "${name}" was deleted on the server: restore it, or name another`,
    );
  }
  return text(experiment.experiment_id);
}

function runOf(answer: Answer): ServerRun {
  const info = object(answer.info);
  const data = object(answer.data ?? {});
  const pairs = (value: unknown): Map<string, string> =>
    new Map(list(value).map((pair) => [text(pair.key), text(pair.value)]));
  return {
    id: text(info.run_id),
    status: text(info.status),
    params: pairs(data.params),
    tags: pairs(data.tags),
  };
}

function object(value: unknown): Answer {
  if (typeof value === 'object' && value !== null) return value as Answer;
  throw new MlflowError('the server does not answer as MLflow does');
}

function list(value: unknown): Answer[] {
  return Array.isArray(value) ? value.map(object) : [];
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new MlflowError('the server does not answer as MLflow does');
}
