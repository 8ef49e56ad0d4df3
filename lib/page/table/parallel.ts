import type { RunInfo } from '../../plot/protocol.js';
import { columnScale, fitting, roomy } from './column-scale.js';
import type { Column } from './columns.js';
import type { RunColors } from './run-colors.js';
import { type Drawn, NEAR } from './scatter.js';
import { svg } from './svg.js';
import { textWidth } from './text-width.js';
import { columnTitle, partText } from './titles.js';

const TOP = 44;
const BOTTOM = 14;
/** Room for labels beside an axis, in pixels. */
const MOST_LABEL = 90;
const TICK_ROOM = 46;

/** Draws an axis for each column, and a line across the axes for each run. */
export function parallel(
  columns: readonly Column[],
  runs: readonly RunInfo[],
  colors: RunColors,
  { width, height }: { readonly width: number; readonly height: number },
): Drawn {
  const length = height - TOP - BOTTOM;
  const scales = columns.map((column) => {
    const scale = columnScale(column, runs, length / TICK_ROOM);
    return { ...scale, ticks: roomy(scale.ticks, length) };
  });
  const labels = scales.map(({ ticks }) =>
    fitting(
      ticks.map(({ text }) => text),
      MOST_LABEL,
    ),
  );
  // The labels of the last axis stand behind it, away from the lines.
  const sideOf = (i: number, column: Column | undefined) =>
    Math.max(...(labels.at(i) ?? []).map(textWidth), half(column), 0) + 14;
  const [left, right] = [sideOf(0, columns[0]), sideOf(-1, columns.at(-1))];
  const gap = columns.length > 1 ? (width - left - right) / (columns.length - 1) : 0;
  const nameRoom = Math.max(gap - 10, 40);
  const across = (i: number) => left + i * gap;
  const up = (place: number) => height - BOTTOM - place * length;
  const lines = runs.map((run) => ({
    run,
    places: scales.map((scale) => {
      const place = scale.place(run);
      return place === undefined ? undefined : up(place);
    }),
  }));
  const drawn = lines.filter(({ places }) => isLine(places));
  const title = `${columns.map(columnTitle).join(', ')}: ${drawn.length} runs`;
  const drawing = svg(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': title },
    ...drawn.map(({ run, places }) => {
      const line = svg('path', { d: pathOf(places, across), class: 'run', 'data-run': run.id });
      colors.paint(line, run);
      return line;
    }),
    ...scales.flatMap(({ column, ticks }, i) => [
      svg('line', { class: 'axis', x1: across(i), x2: across(i), y1: TOP, y2: height - BOTTOM }),
      svg(
        'text',
        { class: 'name', x: across(i), y: 14, 'text-anchor': 'middle' },
        ...cutName(column, nameRoom),
      ),
      svg(
        'text',
        { class: 'part', x: across(i), y: 29, 'text-anchor': 'middle' },
        textWidth(partText(column)) > nameRoom ? '' : partText(column),
      ),
      ...ticks.map(({ place }, tick) => {
        const isLast = i > 0 && i === scales.length - 1;
        const at = isLast
          ? { x: across(i) + 6, 'text-anchor': 'start' }
          : { x: across(i) - 6, 'text-anchor': 'end' };
        return svg('text', { class: 'tick', ...at, y: up(place) + 4 }, labels[i]?.[tick] ?? '');
      }),
    ]),
  );
  return {
    drawing,
    missing: lines.filter(({ places }) => !isLine(places)).map(({ run }) => run),
    nearest: (x, y) => {
      const far = drawn.map(({ run, places }) => ({
        run,
        far: distance(places, (x - left) / (gap || 1), y),
      }));
      const [first] = far.sort((a, b) => a.far - b.far);
      return first !== undefined && first.far <= NEAR ? first.run.id : undefined;
    },
  };
}

/** A column's name, with its title where room lacks. */
function cutName(column: Column, room: number): (Node | string)[] {
  const [shown = ''] = fitting([column.name], room);
  return shown === column.name ? [shown] : [shown, svg('title', {}, columnTitle(column))];
}

function half(column: Column | undefined): number {
  return column === undefined ? 0 : Math.min(textWidth(column.name), MOST_LABEL) / 2;
}

type Places = readonly (number | undefined)[];

function isLine(places: Places): boolean {
  return places.some(
    (place, i) => place !== undefined && (places.length === 1 || places[i + 1] !== undefined),
  );
}

/** The path of a run's line, with a gap where the run has no value. */
function pathOf(places: Places, across: (i: number) => number): string {
  return places
    .map((y, i) =>
      y === undefined ? '' : `${places[i - 1] === undefined ? 'M' : 'L'}${across(i)} ${y}`,
    )
    .join('');
}

/** How far the pointer is above or below a line, in pixels. */
function distance(places: Places, at: number, y: number): number {
  const i = Math.min(Math.max(Math.floor(at), 0), places.length - 2);
  const [before, after] = [places[i], places[i + 1]];
  if (before === undefined || after === undefined) return Number.POSITIVE_INFINITY;
  const share = Math.min(Math.max(at - i, 0), 1);
  return Math.abs(before + (after - before) * share - y);
}
