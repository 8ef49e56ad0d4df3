import { relative, resolve } from 'node:path';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { plural } from '../base/plural.js';
import { describeMetric, describeRun } from '../plot/describe.js';
import type { MetricInfo, RunInfo, RunState, Update } from '../plot/protocol.js';
import { type Fate, fateOf } from '../runs/fate.js';
import { runName, shortNames } from '../runs/names.js';
import { RunCurves } from '../runs/run-curves.js';
import { SharedMetadata } from '../runs/shared-metadata.js';
import { Discovery } from './discovery.js';
import { LiveLog } from './live-log.js';
import type { ListedRun } from './prometheus.js';
import { ReadingMemory } from './reading-memory.js';

/** Milliseconds between two updates for listeners. */
const TICK_MS = 250;
/** Number of ticks in which all files are checked once, a part of them in each tick. */
const TICKS_PER_LOOK = 3;
/** The same while many logs wait for their first reading, which should not take long. */
const BUSY_TICKS_PER_LOOK = 12;
const MANY = 500;
const SCAN_MS = 2000;
/** Limit in milliseconds on checking files without a pause for other work. */
const SLICE_MS = 10;
/** Limit on logs that stay in view after they were removed from a folder; the latest stay. */
const MAX_GONE = 100;

interface DashboardOptions {
  /** Logs to follow, also such as do not exist yet. */
  readonly logs: readonly string[];
  /** Folders in which logs are looked for. */
  readonly folders: readonly string[];
  /** Whether what later sessions of a log replaced is shown too, as runs of their own. */
  readonly showsAll?: boolean;
}

/** A run in the list; made anew when anything about the run changes. */
interface Listed {
  readonly id: number;
  readonly followed: Followed;
  readonly part: number;
  readonly table: RunCurves;
  /** The values that listeners got last, by which a change is noticed. */
  readonly signs: readonly (number | string)[];
  /** Its description as JSON, once a page has asked: smaller than the description, and ready for the next page. */
  text: string | undefined;
}

/** A log with what is listed of it. */
interface Followed {
  readonly log: LiveLog;
  /** The folder's scan that found the log; undefined for a log that was named. */
  readonly discovery: Discovery | undefined;
  /** Its runs, or one entry for a log without runs yet. */
  listed: readonly Listed[];
  isQueued: boolean;
  /** The log's state at the latest check, and the fate of its last run. */
  state: RunState | undefined;
  fate: Fate | undefined;
}

/** What the dashboard shows: logs that are followed, folders that are watched, and the listeners. */
export class Dashboard {
  readonly #watching: string;
  readonly #memory = new ReadingMemory();
  readonly #showsAll: boolean;
  /** By resolved path. */
  readonly #logs = new Map<string, Followed>();
  readonly #names = new Set<string>();
  readonly #folders: readonly (readonly [path: string, discovery: Discovery])[];
  readonly #byId = new Map<number, Listed>();
  readonly #metadata = new SharedMetadata();
  readonly #listeners = new Set<(update: Update) => void>();
  /** Logs that are to be read, in turns. */
  #queue: Followed[] = [];
  #wakeReader: () => void = () => {};
  #waiting = 0;
  /** Logs that may have changed for listeners. */
  readonly #dirty = new Set<Followed>();
  /** Logs that were removed from folders, the latest last. */
  readonly #gone = new Set<Followed>();
  #removed: number[] = [];
  /** When listeners were told last. */
  #told = Number.NEGATIVE_INFINITY;
  #nextId = 0;

  constructor({ logs, folders, showsAll = false }: DashboardOptions) {
    this.#showsAll = showsAll;
    this.looked = new Promise((resolve) => {
      this.#endLook = resolve;
    });
    this.#watching = [...folders, ...logs].map((path) => resolve(path)).join(', ');
    this.#folders = folders.map((path) => [path, new Discovery(path)] as const);
    for (const [i, name] of shortNames(logs).entries()) this.#follow(logs[i] ?? name, name);
  }

  /** Everything that listeners know so far: the JSON of an `Update`. */
  snapshot(): string {
    const runs: string[] = [];
    for (const { listed } of this.#logs.values()) {
      for (const one of listed) {
        one.text ??= JSON.stringify(this.#describe(one));
        runs.push(one.text);
      }
    }
    const rest = {
      watching: this.#where(),
      removed: [],
      metrics: this.#metricInfos(this.#metadata.metrics),
    } satisfies Omit<Update, 'runs'>;
    return `${JSON.stringify(rest).slice(0, -1)},"runs":[${runs.join(',')}]}`;
  }

  /** Every run in the list. */
  *runs(): Iterable<ListedRun> {
    for (const { followed, part, table } of this.#byId.values()) {
      const { name, problems } = followed.log;
      yield { name: runName(name, part), problems, table };
    }
  }

  /** The run with an id. */
  run(id: number): RunCurves | undefined {
    return this.#byId.get(id)?.table;
  }

  /** Registers a listener for what changed. Returns a function that removes it. */
  onUpdate(listener: (update: Update) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Logs and other files that were found in folders; after the first look into all of them. */
  readonly looked: Promise<void>;
  #endLook: () => void = () => {};

  /** How many logs the folders hold. */
  get found(): number {
    return [...this.#logs.values()].filter(({ discovery }) => discovery !== undefined).length;
  }

  /** What else the folders hold: files that have the name of a log and are none, and what cannot be read. */
  get notes(): readonly string[] {
    const sum = (count: (one: Discovery) => number) =>
      this.#folders.reduce((all, [, one]) => all + count(one), 0);
    const others = sum(({ rejected }) => rejected);
    const unreadable = sum((one) => one.unreadable.size);
    return [
      ...(others > 0 ? [`${plural(others, 'file is', 'files are')} no log`] : []),
      ...(unreadable > 0 ? [`${plural(unreadable, 'path', 'paths')} cannot be read`] : []),
    ];
  }

  /** Follows and watches until the signal. */
  async watch(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wakeReader());
    await Promise.all([this.#scanAll(signal), this.#readAll(signal), this.#lookAndTell(signal)]);
  }

  async #lookAndTell(signal: AbortSignal): Promise<void> {
    for (let tick = 0; !signal.aborted; tick++) {
      await this.#look(tick, this.#waiting > MANY ? BUSY_TICKS_PER_LOOK : TICKS_PER_LOOK);
      this.#tell();
      await pause(TICK_MS, signal);
    }
  }

  /** Checks a part of the files. A system call for each file is cheaper than watching all of them. */
  async #look(tick: number, parts: number): Promise<void> {
    let until = performance.now() + SLICE_MS;
    let index = tick;
    for (const followed of [...this.#logs.values()]) {
      if (index++ % parts !== 0 || followed.isQueued) continue;
      if (followed.log.look()) this.#enqueue(followed);
      this.#watchState(followed);
      if (performance.now() < until) continue;
      await breathe();
      until = performance.now() + SLICE_MS;
    }
    while (this.#gone.size > MAX_GONE) {
      const [oldest] = this.#gone;
      if (oldest !== undefined) this.#forget(oldest);
    }
  }

  #watchState(followed: Followed): void {
    const { state } = followed.log;
    const { table } = followed.listed.at(-1) ?? { table: NOTHING_READ };
    const fate = fateIn(followed.log, table);
    if (state === followed.state && fate === followed.fate) return;
    followed.state = state;
    followed.fate = fate;
    this.#dirty.add(followed);
    if (followed.discovery === undefined) return;
    // A log that was removed before it was read has nothing to show.
    if (state === 'waiting') this.#forget(followed);
    else if (state === 'gone') this.#gone.add(followed);
    else this.#gone.delete(followed);
  }

  /** Reads what has changed, the latest first, a piece of each log in turns, so that no log waits for a large log. */
  async #readAll(signal: AbortSignal): Promise<void> {
    let until = performance.now() + SLICE_MS;
    while (!signal.aborted) {
      const queue = this.#queue.sort((a, b) => b.log.changedAt - a.log.changedAt);
      this.#queue = [];
      for (const followed of queue) {
        if (signal.aborted) break;
        const isDone = await followed.log.read();
        followed.isQueued = false;
        this.#waiting--;
        this.#dirty.add(followed);
        if (!isDone) this.#enqueue(followed);
        const now = performance.now();
        if (now < until) continue;
        // While thousands of logs are read for the first time, those that are read show.
        if (now - this.#told > TICK_MS) this.#tell();
        // Queries for curves are answered between two slices.
        await breathe();
        until = performance.now() + SLICE_MS;
      }
      if (this.#queue.length === 0 && !signal.aborted) {
        this.#tell();
        await new Promise<void>((wake) => {
          this.#wakeReader = wake;
        });
      }
    }
    for (const { log } of this.#logs.values()) await log.close();
  }

  #enqueue(followed: Followed): void {
    if (followed.isQueued) return;
    followed.isQueued = true;
    this.#waiting++;
    this.#queue.push(followed);
    this.#wakeReader();
  }

  async #scanAll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const [folder, discovery] of this.#folders) {
        for await (const paths of discovery.scan()) {
          if (signal.aborted) break;
          for (const path of paths) {
            const name = relative(folder, path);
            const isAmbiguous = this.#names.has(name) || this.#folders.length > 1;
            this.#follow(path, isAmbiguous ? path : name, discovery);
          }
        }
      }
      this.#endLook();
      await pause(SCAN_MS, signal);
    }
  }

  #follow(path: string, name: string, discovery?: Discovery): void {
    const absolute = resolve(path);
    // One string rather than two equal ones, for each of thousands of logs.
    const key = absolute === path ? path : absolute;
    // A log that was found may have been named, too.
    if (this.#logs.has(key)) return;
    const log = new LiveLog(path, name, this.#memory, this.#showsAll);
    const followed = {
      log,
      discovery,
      listed: NOTHING_LISTED,
      isQueued: false,
      state: undefined,
      fate: undefined,
    };
    this.#logs.set(key, followed);
    this.#names.add(name);
    this.#dirty.add(followed);
    if (log.look()) this.#enqueue(followed);
  }

  #forget(followed: Followed): void {
    const { log, discovery, listed } = followed;
    this.#gone.delete(followed);
    this.#dirty.delete(followed);
    this.#logs.delete(resolve(log.path));
    this.#names.delete(log.name);
    discovery?.forget(log.path);
    for (const { id } of listed) this.#drop(id);
  }

  #drop(id: number): void {
    this.#byId.delete(id);
    this.#removed.push(id);
  }

  #where(): string {
    const isTruncated = this.#folders.some(([, discovery]) => discovery.truncated);
    const notes = [
      ...(isTruncated ? ['too many files: not all are looked at'] : []),
      ...this.notes,
    ];
    return notes.length === 0 ? this.#watching : `${this.#watching} (${notes.join('; ')})`;
  }

  #tell(): void {
    this.#told = performance.now();
    const update = this.#changes();
    const isNew = update.runs.length + update.removed.length + update.metrics.length > 0;
    if (!isNew) return;
    for (const listener of this.#listeners) listener(update);
  }

  #changes(): Update {
    const runs: RunInfo[] = [];
    const metrics = new Set(
      [...this.#dirty].flatMap(({ log }) => this.#metadata.learn(log.path, log.table.metadata)),
    );
    if (metrics.size > 0) this.#describeAnew([...metrics]);
    for (const followed of this.#dirty) this.#list(followed, runs);
    this.#dirty.clear();
    const removed = this.#removed;
    this.#removed = [];
    const infos = this.#metricInfos([...metrics]);
    return { watching: this.#where(), runs, removed, metrics: infos };
  }

  /** Lists the runs of a log anew, and adds the changes for listeners. */
  #list(followed: Followed, runs: RunInfo[]): void {
    const { log, listed } = followed;
    const { state, note, problems } = log;
    const tables = log.table.runs;
    // A log without runs has an entry in the list, too.
    const count = Math.max(tables.length, 1);
    followed.listed = Array.from({ length: count }, (_, part) => {
      const known = listed[part];
      const table = tables[part] ?? known?.table ?? NOTHING_READ;
      const { records } = table;
      const signs = [records, log.table.described, state, fateIn(log, table), note, problems];
      if (known?.table === table && signs.every((sign, i) => sign === known.signs[i])) return known;
      const changed = {
        id: known?.id ?? this.#nextId++,
        followed,
        part,
        table,
        signs,
        text: undefined,
      };
      this.#byId.set(changed.id, changed);
      runs.push(this.#describe(changed));
      return changed;
    });
    for (const { id } of listed.slice(count)) this.#drop(id);
  }

  #metricInfos(metrics: readonly string[]): MetricInfo[] {
    return metrics.map((metric) => describeMetric(metric, this.#metadata.of(metric)));
  }

  /** Lists runs that have these metrics anew, since something else is known of the metrics now. */
  #describeAnew(metrics: readonly string[]): void {
    for (const followed of this.#logs.values()) {
      const { runs } = followed.log.table;
      const own = new Set(runs.flatMap((run) => [...run.metrics, ...run.summary.keys()]));
      if (!metrics.some((metric) => own.has(metric))) continue;
      followed.listed = followed.listed.map((one) => ({ ...one, signs: [] }));
      this.#dirty.add(followed);
    }
  }

  #describe({ id, followed: { log }, part, table }: Listed): RunInfo {
    const { name, state, note, problems, faults } = log;
    const fate = fateIn(log, table);
    const about = describeRun(table, this.#metadata);
    return { id, name: runName(name, part), state, note, fate, problems, faults, ...about };
  }
}

const NOTHING_READ = new RunCurves();
const NOTHING_LISTED: readonly Listed[] = [];

function fateIn({ silence, ringRecords, isUnfinished, table }: LiveLog, run: RunCurves): Fate {
  const isLast = run === (table.runs.at(-1) ?? run);
  return fateOf(run, { silence, ringRecords, isUnfinished, isLast });
}

/** Waits; the signal ends it early. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
