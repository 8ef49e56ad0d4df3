import type { RunInfo } from '../../plot/protocol.js';
import { columnScale, fitting, roomy } from './column-scale.js';
import type { Column } from './columns.js';
import type { RunColors } from './run-colors.js';
import { svg } from './svg.js';
import { textWidth } from './text-width.js';
import { columnTitle } from './titles.js';

export interface Drawn {
  readonly drawing: SVGElement;
  /** Runs that lack a value for the drawing. */
  readonly missing: readonly RunInfo[];
  /** The run nearest to a point of the drawing; undefined if none is near. */
  nearest(x: number, y: number): number | undefined;
}

const RADIUS = 5;
/** Largest distance from the pointer to a run that counts as pointed at, in pixels. */
export const NEAR = 24;
const TOP = 10;
const BOTTOM = 26;
const RIGHT = 16;
/** Pixels between ticks. */
const TICK_ROOM = { x: 90, y: 50 };

/** Draws a dot for each run, placed by two columns. */
export function scatter(
  [x, y]: readonly [x: Column, y: Column],
  runs: readonly RunInfo[],
  colors: RunColors,
  { width, height }: { readonly width: number; readonly height: number },
): Drawn {
  const vertical = columnScale(y, runs, height / TICK_ROOM.y);
  const ticks = roomy(vertical.ticks, height - TOP - BOTTOM);
  const labels = fitting(ticks.map(({ text }) => text));
  const left = Math.max(...labels.map(textWidth), 20) + 14;
  const [right, bottom] = [width - RIGHT, height - BOTTOM];
  const horizontal = columnScale(x, runs, (right - left) / TICK_ROOM.x);
  const below = fitting(
    horizontal.ticks.map(({ text }) => text),
    TICK_ROOM.x,
  );
  const across = (place: number) => left + RADIUS + place * (right - left - 2 * RADIUS);
  const up = (place: number) => bottom - RADIUS - place * (bottom - TOP - 2 * RADIUS);
  const missing: RunInfo[] = [];
  const points = runs.flatMap((run) => {
    const [px, py] = [horizontal.place(run), vertical.place(run)];
    if (px !== undefined && py !== undefined) return [{ run, x: across(px), y: up(py) }];
    missing.push(run);
    return [];
  });
  let end = 0;
  const title = `${columnTitle(y)} over ${columnTitle(x)}, ${points.length} runs`;
  const drawing = svg(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': title },
    ...ticks.flatMap(({ place }, i) => [
      svg('line', { class: 'grid', x1: left, x2: right, y1: up(place), y2: up(place) }),
      svg('text', { x: left - 8, y: up(place) + 4, 'text-anchor': 'end' }, labels[i] ?? ''),
    ]),
    ...horizontal.ticks.flatMap(({ place }, i) => {
      const [at, label] = [across(place), below[i] ?? ''];
      const half = textWidth(label) / 2;
      const line = svg('line', { class: 'grid', x1: at, x2: at, y1: TOP, y2: bottom });
      // Labels must not overlap.
      if (at - half < end || at + half > width) return [line];
      end = at + half + 8;
      return [line, svg('text', { x: at, y: height - 8, 'text-anchor': 'middle' }, label)];
    }),
    ...points.map(({ run, x, y }) => {
      const dot = svg('circle', { cx: x, cy: y, r: RADIUS, 'data-run': run.id, class: 'dot' });
      colors.paint(dot, run);
      return dot;
    }),
  );
  return {
    drawing,
    missing,
    nearest: (x, y) => {
      const far = (one: { x: number; y: number }) => Math.hypot(one.x - x, one.y - y);
      const [first] = [...points].sort((a, b) => far(a) - far(b));
      return first !== undefined && far(first) <= NEAR ? first.run.id : undefined;
    },
  };
}
