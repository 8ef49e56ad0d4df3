import { AXES, type Axis } from '../runs/axis.js';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const TABS = ['charts', 'parameters'] as const;
export type Tab = (typeof TABS)[number];

/** What the person chose to see. */
export interface View {
  readonly tab: Tab;
  readonly axis: Axis;
  readonly smoothing: number;
  readonly logarithmic: boolean;
  readonly filter: string;
  /** The stretch of the x axis that all charts are zoomed to. */
  readonly range: readonly [from: number, to: number] | undefined;
  /** Names of runs that are not shown. */
  readonly hidden: ReadonlySet<string>;
  readonly theme: Theme;
}

const FIRST: View = {
  tab: 'charts',
  axis: 'step',
  smoothing: 0,
  logarithmic: false,
  filter: '',
  range: undefined,
  hidden: new Set(),
  theme: 'system',
};

/** The largest smoothing: beyond it a curve is nearly a line. */
export const MAX_SMOOTHING = 0.99;
const STORED = 'dllogger-view';

/** A view as another page left it behind. What does not fit is left out. */
export function loadView(initial: Partial<View>): View {
  const view = { ...FIRST, ...initial };
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return view;
    const { axis, smoothing, logarithmic, theme } = stored as Record<string, unknown>;
    return {
      ...view,
      axis: AXES.find((one) => one === axis) ?? view.axis,
      smoothing:
        typeof smoothing === 'number' && smoothing >= 0 && smoothing <= MAX_SMOOTHING
          ? smoothing
          : view.smoothing,
      logarithmic: typeof logarithmic === 'boolean' ? logarithmic : view.logarithmic,
      theme: THEMES.find((one) => one === theme) ?? view.theme,
      // What the page's maker asked for comes before what was chosen on another one.
      ...initial,
    };
  } catch {
    return view;
  }
}

/** Remembers a view for the next page. Where the browser keeps nothing, that is no fault. */
export function storeView({ axis, smoothing, logarithmic, theme }: View): void {
  try {
    localStorage.setItem(STORED, JSON.stringify({ axis, smoothing, logarithmic, theme }));
  } catch {}
}
