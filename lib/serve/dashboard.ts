import { setMaxListeners } from 'node:events';
import { relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeMetric, describeRun, runName, shortNames } from '../plot/describe.js';
import type { MetricInfo, RunInfo, Update } from '../plot/protocol.js';
import { RunTable } from '../plot/run-table.js';
import type { JsonObject } from '../reader/types.js';
import { Discovery } from './discovery.js';
import { LiveLog } from './live-log.js';

/** Milliseconds between two tellings of what was read. */
const TICK_MS = 250;
/** Looks at the files, and for new ones, in ticks. */
const TICKS_PER_LOOK = 4;
const TICKS_PER_SCAN = 8;

export interface DashboardOptions {
  /** Logs to follow, there or not yet. */
  readonly logs: readonly string[];
  /** Folders in which logs are looked for. */
  readonly folders: readonly string[];
}

interface Listed {
  readonly id: number;
  readonly table: RunTable;
  /** What was told last, and the signs by which a change is known. */
  info: RunInfo;
  signs: string;
}

/** What the dashboard shows: logs that are followed, folders that are watched, and who listens. */
export class Dashboard {
  readonly #watching: string;
  readonly #logs: LiveLog[] = [];
  readonly #folders: readonly (readonly [path: string, discovery: Discovery])[];
  readonly #listed = new Map<string, Listed>();
  readonly #byId = new Map<number, Listed>();
  readonly #metrics = new Map<string, MetricInfo>();
  readonly #listeners = new Set<(update: Update) => void>();
  #nextId = 0;

  constructor({ logs, folders }: DashboardOptions) {
    this.#watching = [...folders, ...logs].map((path) => resolve(path)).join(', ');
    this.#folders = folders.map((path) => [path, new Discovery(path)] as const);
    for (const [i, name] of shortNames(logs).entries()) {
      this.#logs.push(new LiveLog(logs[i] ?? name, name));
    }
  }

  /** Everything as it is now. */
  snapshot(): Update {
    const runs = [...this.#listed.values()].map(({ info }) => info);
    return {
      watching: this.#where(),
      runs,
      removed: [],
      metrics: [...this.#metrics.values()],
    };
  }

  /** The run with that id, to be asked for its curves. */
  run(id: number): RunTable | undefined {
    return this.#byId.get(id)?.table;
  }

  /** Calls with what changed. Returns how to end that. */
  onUpdate(listener: (update: Update) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Follows and watches until the signal. */
  async watch(signal: AbortSignal): Promise<void> {
    // Each log listens.
    setMaxListeners(0, signal);
    for (const log of this.#logs) void log.follow(signal);
    for (let tick = 0; !signal.aborted; tick++) {
      if (tick % TICKS_PER_SCAN === 0) await this.#scan(signal);
      if (tick % TICKS_PER_LOOK === 0) await Promise.all(this.#logs.map((log) => log.look()));
      this.#tell();
      await sleep(TICK_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #scan(signal: AbortSignal): Promise<void> {
    for (const [folder, discovery] of this.#folders) {
      for (const path of await discovery.scan()) {
        // It may have been named, too.
        if (this.#logs.some((log) => resolve(log.path) === resolve(path))) continue;
        const name = relative(folder, path);
        const isTaken = this.#logs.some((log) => log.name === name);
        const log = new LiveLog(path, isTaken || this.#folders.length > 1 ? path : name);
        this.#logs.push(log);
        void log.follow(signal);
      }
    }
  }

  #where(): string {
    const isTruncated = this.#folders.some(([, discovery]) => discovery.truncated);
    return isTruncated
      ? `${this.#watching} (too many files: not all are looked at)`
      : this.#watching;
  }

  #tell(): void {
    const update = this.#changes();
    const isNew = update.runs.length + update.removed.length + update.metrics.length > 0;
    if (!isNew) return;
    for (const listener of this.#listeners) listener(update);
  }

  #changes(): Update {
    const runs: RunInfo[] = [];
    const metrics: MetricInfo[] = [];
    const seen = new Set<string>();
    for (const log of this.#logs) {
      const tables = log.table.runs;
      // A log without runs yet has a place in the list all the same.
      const count = Math.max(tables.length, 1);
      for (let part = 0; part < count; part++) {
        const name = runName(log.name, part);
        const changed = this.#list(name, log, tables[part]);
        seen.add(name);
        if (changed !== undefined) runs.push(changed);
      }
      for (const [metric, metadata] of log.table.metadata) {
        const info = this.#learn(metric, metadata);
        if (info !== undefined) metrics.push(info);
      }
    }
    return { watching: this.#where(), runs, removed: this.#forget(seen), metrics };
  }

  /** Lists a run; returns what is to be told of it, if anything. */
  #list(name: string, log: LiveLog, found: RunTable | undefined): RunInfo | undefined {
    const known = this.#listed.get(name);
    const table = found ?? known?.table ?? new RunTable();
    const { state, note, problems } = log;
    const signs = [table.records, state, note, problems].join(' ');
    if (known?.signs === signs && known.table === table) return undefined;
    const id = known?.id ?? this.#nextId++;
    const info = { id, name, state, note, problems, ...describeRun(table) };
    const listed = { id, table, info, signs };
    this.#listed.set(name, listed);
    this.#byId.set(id, listed);
    return info;
  }

  #learn(metric: string, metadata: JsonObject): MetricInfo | undefined {
    // The first log that describes a metric is taken at its word.
    if (this.#metrics.has(metric)) return undefined;
    const info = describeMetric(metric, metadata);
    this.#metrics.set(metric, info);
    return info;
  }

  #forget(seen: ReadonlySet<string>): number[] {
    const removed: number[] = [];
    for (const [name, { id }] of this.#listed) {
      if (seen.has(name)) continue;
      this.#listed.delete(name);
      this.#byId.delete(id);
      removed.push(id);
    }
    return removed;
  }
}
