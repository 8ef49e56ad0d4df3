/** Plans the charts and their sections. */

export interface ChartPlan {
  /** Unique among the charts, and stable from page to page. */
  readonly id: string;
  /** Metrics drawn in this chart; nearly always one. */
  readonly metrics: readonly string[];
}

export interface Section {
  /** The prefix of its metrics; empty for metrics without a prefix. */
  readonly name: string;
  readonly title: string;
  readonly charts: readonly ChartPlan[];
  /** Metrics with one value each, which a number shows as well as a chart. */
  readonly tiles: readonly string[];
}

interface Wishes {
  /** Ids of charts that come first. */
  readonly pinned: ReadonlySet<string>;
  /** Ids of charts of several metrics. */
  readonly combined: ReadonlySet<string>;
  readonly isConstant: (metric: string) => boolean;
}

const PINNED = 'pinned charts';
const JOINT = ' + ';

export function chartId(metrics: readonly string[]): string {
  return metrics.join(JOINT);
}

/** The charts of several metrics that have none of these metrics. */
export function apart(combined: ReadonlySet<string>, metrics: readonly string[]): Set<string> {
  const isOther = (id: string) => !id.split(JOINT).some((metric) => metrics.includes(metric));
  return new Set([...combined].filter(isOther));
}

/** The prefix by which a metric belongs to a section: `train` of `train/loss` and of `train.loss`. */
function prefixOf(metric: string): string {
  return /^[^/.]+(?=[/.].)/.exec(metric)?.[0] ?? '';
}

/** A metric's name without its prefix: `loss` of `train/loss`. */
export function baseOf(metric: string): string {
  return metric.slice(Math.max(metric.lastIndexOf('/'), metric.lastIndexOf('.')) + 1);
}

/** Sections in the order of their first metrics, after the pinned charts and the metrics without a prefix. */
export function planCharts(
  metrics: readonly string[],
  { pinned, combined, isConstant }: Wishes,
): Section[] {
  const charts = plansOf(metrics, combined);
  const onTop = charts.filter(({ id }) => pinned.has(id));
  const rest = charts.filter(({ id }) => !pinned.has(id));
  /** Charts of each prefix; tiles make no section. */
  const counts = new Map<string, number>();
  for (const { id, metrics: members } of charts) {
    const [first = ''] = members;
    if (members.length === 1 && !pinned.has(id) && isConstant(first)) continue;
    const prefix = prefixOf(first);
    counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  const sections = new Map<string, { charts: ChartPlan[]; tiles: string[] }>([
    ['', { charts: [], tiles: [] }],
  ]);
  for (const plan of rest) {
    const [first = ''] = plan.metrics;
    const prefix = prefixOf(first);
    // A section for one chart would not help.
    const name = (counts.get(prefix) ?? 0) > 1 ? prefix : '';
    const section = sections.get(name) ?? { charts: [], tiles: [] };
    sections.set(name, section);
    if (plan.metrics.length === 1 && isConstant(first)) section.tiles.push(first);
    else section.charts.push(plan);
  }
  const made = [...sections].map(([name, parts]) => ({ name, title: name || 'other', ...parts }));
  const pinnedSection = { name: PINNED, title: 'pinned', charts: onTop, tiles: [] };
  return [pinnedSection, ...made].filter(({ charts, tiles }) => charts.length + tiles.length > 0);
}

/** A plan for each metric; metrics drawn together share one, at the place of the first. */
function plansOf(metrics: readonly string[], combined: ReadonlySet<string>): ChartPlan[] {
  const present = new Set(metrics);
  const groups = new Map<string, readonly string[]>();
  for (const id of combined) {
    const members = id.split(JOINT).filter((metric) => present.has(metric) && !groups.has(metric));
    if (members.length > 1) for (const metric of members) groups.set(metric, members);
  }
  return metrics.flatMap((metric) => {
    const group = groups.get(metric) ?? [metric];
    const isFirst = group.find((one) => present.has(one)) === metric;
    return isFirst ? [{ id: chartId(group), metrics: group }] : [];
  });
}
