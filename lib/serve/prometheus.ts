/** Prometheus's text format: each run's progress, and the last value of each of its metrics. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { RunCurves } from '../runs/run-curves.js';

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Limit in milliseconds on writing samples without a pause for other work. */
const SLICE_MS = 10;

/** A run in the dashboard's list. */
export interface ListedRun {
  readonly name: string;
  /** Pieces of its log that are no records. */
  readonly problems: number;
  readonly table: RunCurves;
}

/** Samples of one name, which the format requires to stand together. */
class Family {
  readonly #name: string;
  #text: string;

  constructor(name: string, type: 'gauge' | 'counter', help: string) {
    this.#name = name;
    this.#text = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  }

  add(labels: string, value: number): void {
    this.#text += `${this.#name}{${labels}} ${numberText(value)}\n`;
  }

  get text(): string {
    return this.#text;
  }
}

export async function prometheusText(runs: Iterable<ListedRun>): Promise<string> {
  const value = new Family('dllogger_metric_value', 'gauge', 'The last value of a metric.');
  const step = new Family(
    'dllogger_metric_step',
    'gauge',
    'The step of the last value of a metric: iterations since the beginning of the run.',
  );
  const records = new Family('dllogger_records_total', 'counter', 'Records of a run.');
  const time = new Family(
    'dllogger_last_record_timestamp_seconds',
    'gauge',
    'When the last record of a run was written.',
  );
  const finished = new Family(
    'dllogger_run_finished',
    'gauge',
    'Whether a run has logged its summary, the step [].',
  );
  const problems = new Family(
    'dllogger_problems_total',
    'counter',
    'Pieces of a log that are not records.',
  );
  let until = performance.now() + SLICE_MS;
  for (const { name, problems: count, table } of [...runs]) {
    const run = `run="${escaped(name)}"`;
    for (const latest of table.latest()) {
      const labels = `${run},metric="${escaped(latest.metric)}",depth="${latest.depth}"`;
      value.add(labels, latest.value);
      if (!Number.isNaN(latest.step)) step.add(labels, latest.step);
    }
    records.add(run, table.records);
    if (!Number.isNaN(table.end)) time.add(run, table.end);
    finished.add(run, table.summary.size > 0 ? 1 : 0);
    problems.add(run, count);
    if (performance.now() < until) continue;
    await breathe();
    until = performance.now() + SLICE_MS;
  }
  return [value, step, records, time, finished, problems].map(({ text }) => text).join('');
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`));
}

function numberText(value: number): string {
  if (Math.abs(value) !== Number.POSITIVE_INFINITY) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
