/** Describes runs and metrics for the dashboard. */
import type { JsonObject, JsonValue } from '../reader/types.js';
import { goalOf } from '../runs/goal.js';
import type { LogCurves } from '../runs/log-curves.js';
import { runName } from '../runs/names.js';
import type { RunCurves } from '../runs/run-curves.js';
import type { SharedMetadata } from '../runs/shared-metadata.js';
import { formattedText } from '../runs/value-text.js';
import type { Figure, MetricInfo, RunInfo } from './protocol.js';

/** Limit on the characters of a value's text: a longer one is of no use in a table. */
const MAX_TEXT = 10_000;

/** Number of problems kept in full; further ones are only counted. */
export const MAX_FAULTS = 50;

/**
 * What the table of runs shows of a run.
 *
 * @param metadata What the logs say about metrics. All values of a metric are written in one format, whichever log they
 *   are from.
 */
export function describeRun(
  table: RunCurves,
  metadata: SharedMetadata,
): Omit<RunInfo, 'id' | 'name' | 'state' | 'note' | 'problems' | 'faults' | 'fate'> {
  return {
    records: table.records,
    begin: Number.isNaN(table.begin) ? null : table.begin,
    end: Number.isNaN(table.end) ? null : table.end,
    metrics: [...table.metrics],
    diverged: table.diverged,
    constant: table.constant,
    parameters: [...table.parameters].map(([name, value]) => [name, shortened(value)] as const),
    summary: [...table.summary].map(([name, value]) => [name, shortened(value)] as const),
    figures: [...table.figures()].map(({ metric, last, min, max }) => {
      const about = metadata.of(metric);
      const figure = (value: number): Figure => {
        if (!Number.isFinite(value)) return String(value);
        const text = formattedText(metric, about, value);
        return text === undefined || text === String(value) ? value : [value, text];
      };
      return { metric, last: figure(last), min: figure(min), max: figure(max) };
    }),
  };
}

export function describeMetric(name: string, metadata: JsonObject = {}): MetricInfo {
  return { name, unit: text(metadata, 'unit'), goal: goalOf(metadata) };
}

/** The runs of a log, with their names. */
export function namedRuns(log: string, { runs }: LogCurves): (readonly [string, RunCurves])[] {
  return runs.map((run, index) => [runName(log, index), run] as const);
}

/** A value that JSON can hold, cut to the length that a table needs. */
function shortened(value: JsonValue): JsonValue {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  const written = typeof value === 'string' ? value : JSON.stringify(value);
  return written.length > MAX_TEXT ? `${written.slice(0, MAX_TEXT)}…` : value;
}

function text(metadata: JsonObject, key: string): string {
  const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  return typeof value === 'string' ? value : '';
}
