/**
 * What the person chose to see. The page's address holds all of it, so that reloading the page or sending its
 * address keeps it; the browser remembers some choices for other pages. A new choice is a line in `KEYS`.
 */
import { AXES } from '../runs/axis.js';
import { selection } from './selection.js';
import { goals } from './table/table-keys.js';
import {
  amount,
  choice,
  flag,
  names,
  stretch,
  stretches,
  text,
  type ViewKey,
} from './view-keys.js';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const TABS = ['charts', 'table'] as const;

/** The largest smoothing: beyond it a curve is nearly a line. */
export const MAX_SMOOTHING = 0.99;

const KEYS = {
  tab: choice(TABS),
  /** Which runs are shown, by their names. */
  runs: selection,
  /** Which runs are listed at the side: `typedFilter`; in which order there and in the table: `sortedRuns`. */
  find: text,
  order: text,
  /** Which metrics are shown: `typedFilter`. */
  filter: text,
  /** The key that runs are grouped by: `groupsOf`. */
  group: text,
  /** Ids of pinned charts, and of charts of several metrics: `planCharts`. */
  pinned: names,
  combined: names,
  /** Names of folded sections. */
  collapsed: names,
  axis: choice(AXES),
  /** The stretch of the x axis that all charts are zoomed to. */
  range: stretch,
  smoothing: amount(0, 0, MAX_SMOOTHING),
  logarithmic: flag,
  /** Ids of charts whose y axis is logarithmic where the others are linear, or the reverse. */
  otherScale: names,
  /** The stretch of the y axis that a chart is zoomed to, by its id. */
  values: stretches,
  /** Whether values far from the others may lie outside of charts. */
  clip: flag,
  /** Whether each chart has the x range of its own metrics. */
  ownRange: flag,
  theme: choice(THEMES),
  /** Which runs the table lists: `parseConditions`. */
  where: text,
  /** Ids of the columns whose visibility in the table differs from the usual one. */
  columns: names,
  /** Whether the table shows only the columns that differ. */
  differing: flag,
  goals,
  /** Ids of the columns drawn below the table; empty: the most telling ones. */
  x: text,
  y: text,
  color: text,
  axes: names,
};

type Keys = typeof KEYS;
export type View = {
  readonly [K in keyof Keys]: Keys[K] extends ViewKey<infer T> ? T : never;
};

/** The choices that the browser remembers for pages whose address holds no view. */
const REMEMBERED: ReadonlySet<keyof View> = new Set(['axis', 'smoothing', 'logarithmic', 'theme']);
/** Choices of the person that a link does not carry. */
const PERSONAL: ReadonlySet<keyof View> = new Set(['theme']);
const STORED = 'dllogger-view';

type Texts = (key: string) => readonly string[];

/** A view from its texts; a missing or invalid part is as in `base`. */
function readView(base: View, texts: Texts, keys: Iterable<string>): View {
  const found: Record<string, unknown> = {};
  for (const key of keys) {
    const written = texts(key);
    if (written.length === 0 || !Object.hasOwn(KEYS, key)) continue;
    const value: unknown = KEYS[key as keyof View].read(written);
    if (value !== undefined) found[key] = value;
  }
  return { ...base, ...found };
}

/** The texts of each key whose value is not the initial one. */
function writtenKeys(view: View): [key: keyof View, texts: readonly string[]][] {
  const written = <K extends keyof View>(key: K) =>
    (KEYS[key] as ViewKey<View[K]>).write(view[key]);
  return (Object.keys(KEYS) as (keyof View)[]).map((key) => [key, written(key)]);
}

const FIRST = Object.fromEntries(
  Object.entries(KEYS).map(([key, { initial }]) => [key, initial]),
) as View;

/**
 * The view of a page: from its address, else from the command that made it, else from the last page.
 *
 * @param initial The view that the command which made the page asked for.
 */
export function loadView(initial: Partial<View>, address: string): View {
  const stored = readStored();
  const written = new URLSearchParams(address.replace(/^#/, ''));
  const remembered = written.size === 0 ? REMEMBERED : PERSONAL;
  const base = readView(FIRST, (key) => stored[key] ?? [], remembered);
  return readView({ ...base, ...initial }, (key) => written.getAll(key), linkedKeys());
}

/** The part of an address that says what a view shows: `#tab=charts&axis=epoch`. */
export function viewAddress(view: View): string {
  // Even a view without choices writes its tab, to differ from the address of a newly opened page.
  const params = new URLSearchParams({ tab: view.tab });
  for (const [key, texts] of writtenKeys(view)) {
    if (key === 'tab' || PERSONAL.has(key)) continue;
    for (const one of texts) params.append(key, one);
  }
  // These characters need no escape here and are frequent in names.
  const readable = params.toString().replace(/%(2F|3A|2C|40|7E)/g, decodeURIComponent);
  return `#${readable}`;
}

/**
 * Remembers a view for the next page, if a choice that is remembered changed. A browser that stores nothing causes
 * no error.
 */
export function storeView(view: View, changed: Partial<View>): void {
  if (!Object.keys(changed).some((key) => REMEMBERED.has(key as keyof View))) return;
  const kept = writtenKeys(view).filter(([key]) => REMEMBERED.has(key));
  try {
    localStorage.setItem(STORED, JSON.stringify(Object.fromEntries(kept)));
  } catch {}
}

function linkedKeys(): string[] {
  return Object.keys(KEYS).filter((key) => !PERSONAL.has(key as keyof View));
}

function readStored(): Readonly<Record<string, readonly string[]>> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? '{}');
    const entries = Object.entries(stored ?? {}).map(([key, value]) => {
      return [key, [value].flat().map(String)] as const;
    });
    return Object.fromEntries(entries);
  } catch {
    return {};
  }
}
