import { type LineStyle, lineStyle } from '../plot/palette.js';
import type { MetricInfo, RunInfo, Update } from '../plot/protocol.js';
import { type RunLook, runLooks } from '../plot/run-looks.js';
import { commonWords, essentialText, type LabelPart, labelParts } from '../runs/names.js';
import { NameSearch } from './name-search.js';
import { type Group, groupsOf } from './runs/groups.js';
import { isShown } from './selection.js';
import { loadView, storeView, type View } from './view.js';

/** State of the connection to the server; `embedded`: the page holds its data and needs no server. */
type Connection = 'connecting' | 'connected' | 'lost' | 'embedded';

/**
 * - `view`: what the person wants to see
 * - `runs`: the set of runs and metrics, or a run's state
 * - `data`: more points in known runs
 * - `connection`
 */
export type Change = 'view' | 'runs' | 'data' | 'connection';

/** All that the page knows, and the listeners that are told of changes. */
export class Model {
  watching = '';
  connection: Connection = 'connecting';
  view: View;
  /** The amounts of smoothing that the data hold; undefined: any amount. */
  smoothings: readonly number[] | undefined;
  readonly metricSearch = new NameSearch();
  /** Goes up when runs or metrics come or go, or anything about them but their numbers changes. */
  version = 0;
  readonly #runs = new Map<number, RunInfo>();
  #list: readonly RunInfo[] = [];
  #looks: ReadonlyMap<number, RunLook> = new Map();
  /** The words that nearly all labels have. */
  #common: ReadonlySet<string> = new Set();
  /** The labels that #common is of. */
  #labels: readonly string[] = [];
  #essentials: readonly string[] | undefined;
  #groups: { key: string; version: number; groups: readonly Group[] } | undefined;
  /** Each grouped run's style. */
  #groupStyles: ReadonlyMap<number, number> = new Map();
  readonly #metrics = new Map<string, MetricInfo>();
  #pointed: number | undefined;
  readonly #pointListeners = new Set<() => void>();
  readonly #listeners = new Set<(change: Change) => void>();

  readonly #initial: Partial<View>;

  /** @param initial The view that the command which made the page asked for. */
  constructor(initial: Partial<View>) {
    this.#initial = initial;
    this.view = loadView(initial, location.hash);
  }

  /** The same array until an update comes. */
  get runs(): readonly RunInfo[] {
    return this.#list;
  }

  /** The runs that are shown. */
  get shown(): readonly RunInfo[] {
    return this.runs.filter(({ name }) => isShown(this.view.runs, name));
  }

  /** The metrics of the runs that are shown. */
  get allMetrics(): readonly string[] {
    return [...new Set(this.shown.flatMap(({ metrics }) => metrics))];
  }

  /** The metrics of which a run that is shown has more than one value. */
  get varying(): ReadonlySet<string> {
    const found = new Set<string>();
    for (const { metrics, constant } of this.shown) {
      const same = new Set(constant);
      for (const metric of metrics) if (!same.has(metric)) found.add(metric);
    }
    return found;
  }

  /** The metrics of the shown runs that match the filter. */
  get metrics(): readonly string[] {
    return this.allMetrics.filter(this.metricSearch.of(this.view.filter));
  }

  run(id: number): RunInfo | undefined {
    return this.#runs.get(id);
  }

  metric(name: string): MetricInfo {
    const info = this.#metrics.get(name) ?? { name, unit: '', goal: undefined };
    const chosen = this.view.goals.get(name);
    return chosen === undefined ? info : { ...info, goal: chosen };
  }

  /** A run's line style, in every chart; a grouped run has the style of its group. */
  style(id: number): LineStyle {
    const group = this.groups.length === 0 ? undefined : this.#groupStyles.get(id);
    return lineStyle(group ?? this.look(id).style);
  }

  look(id: number): Pick<RunLook, 'label' | 'style'> {
    return this.#looks.get(id) ?? { label: '', style: 0 };
  }

  /** The groups that runs are drawn in; empty where each run is drawn alone. */
  get groups(): readonly Group[] {
    const { group } = this.view;
    if (this.#groups?.key !== group || this.#groups.version !== this.version) {
      const groups = groupsOf(this.runs, group);
      this.#groups = { key: group, version: this.version, groups };
      this.#groupStyles = new Map(
        groups.flatMap(({ runs, style }) => runs.map((id) => [id, style] as const)),
      );
    }
    return this.#groups.groups;
  }

  /** A run's name without the parts that all names share. */
  label(id: number): string {
    return this.look(id).label;
  }

  /** A label, or a text that contains one, in parts: its common words are the first to be left out. */
  partsOf(label: string): LabelPart[] {
    return labelParts(label, this.#common);
  }

  /** What of each label must be seen to tell the runs apart; the same array until a label changes. */
  get essentials(): readonly string[] {
    this.#essentials ??= this.#labels.map((label) => essentialText(this.partsOf(label)));
    return this.#essentials;
  }

  /** The run under the pointer, in the list or in a chart; it stands out everywhere. */
  get pointed(): number | undefined {
    return this.#pointed;
  }

  point(run: number | undefined): void {
    if (run === this.#pointed) return;
    this.#pointed = run;
    for (const listener of this.#pointListeners) listener();
  }

  onPoint(listener: () => void): void {
    this.#pointListeners.add(listener);
  }

  onChange(listener: (change: Change) => void): void {
    this.#listeners.add(listener);
  }

  /** Changes the view. */
  show(wanted: Partial<View>): void {
    const { smoothing } = wanted;
    const changed =
      smoothing === undefined ? wanted : { ...wanted, smoothing: this.#available(smoothing) };
    // Another axis has other numbers: the zoom does not carry over.
    const moved = changed.axis !== undefined && changed.axis !== this.view.axis;
    this.view = { ...this.view, ...(moved && { range: undefined }), ...changed };
    storeView(this.view, changed);
    this.#tell('view');
  }

  /** Shows the view that an address holds. */
  visit(address: string): void {
    this.view = loadView(this.#initial, address);
    this.#tell('view');
  }

  /** The next available amount of smoothing, in the direction of the change. */
  #available(smoothing: number): number {
    const { smoothings } = this;
    if (smoothings === undefined) return smoothing;
    const isMore = smoothing > this.view.smoothing;
    const next = isMore
      ? smoothings.find((one) => one >= smoothing)
      : smoothings.findLast((one) => one <= smoothing);
    return next ?? (isMore ? (smoothings.at(-1) ?? 0) : 0);
  }

  setConnection(connection: Connection): void {
    if (connection === this.connection) return;
    this.connection = connection;
    this.#tell('connection');
  }

  /** @param anew Whether the update comes from a server new to the page and holds all its data. */
  update({ watching, runs, removed, metrics }: Update, anew: boolean): void {
    if (anew) {
      this.#runs.clear();
      this.#metrics.clear();
    }
    const structure =
      anew || removed.length > 0 || runs.some((run) => !sameStructure(run, this.#runs.get(run.id)));
    const hasNewLooks =
      anew ||
      removed.length > 0 ||
      runs.some(({ id, name, begin }) => {
        const before = this.#runs.get(id);
        return before?.name !== name || before.begin !== begin;
      });
    this.watching = watching;
    for (const id of removed) this.#runs.delete(id);
    for (const run of runs) this.#runs.set(run.id, run);
    this.#list = [...this.#runs.values()];
    for (const metric of metrics) this.#metrics.set(metric.name, metric);
    if (hasNewLooks) {
      this.#looks = new Map(runLooks(this.runs).map((look) => [look.id, look]));
      const labels = Array.from(this.#looks.values(), ({ label }) => label);
      const isSame = labels.length === this.#labels.length;
      if (!isSame || labels.some((label, i) => label !== this.#labels[i])) {
        this.#common = commonWords(labels);
        this.#essentials = undefined;
      }
      this.#labels = labels;
    }
    const isNews = structure || metrics.length > 0;
    if (isNews) this.version++;
    this.#tell(isNews ? 'runs' : 'data');
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** Whether a run differs from before by more points only. */
function sameStructure(run: RunInfo, before: RunInfo | undefined): boolean {
  return (
    before !== undefined &&
    run.name === before.name &&
    run.metrics.length === before.metrics.length &&
    run.constant.length === before.constant.length &&
    JSON.stringify([run.parameters, run.summary]) ===
      JSON.stringify([before.parameters, before.summary])
  );
}
