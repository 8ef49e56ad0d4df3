/** Draws figures as one SVG image, in light and dark. */
import { AXIS_TITLES } from '../runs/axis.js';
import type { Sample } from '../runs/curve.js';
import { formatTicks } from '../runs/format.js';
import { type Band, type Figure, figureNotes, type Layout, layOut } from './figure.js';
import { lineStyle } from './palette.js';

const WIDTH = 720;
const HEIGHT = 300;
const GAP = 16;
const MARGIN = { top: 34, right: 20, bottom: 44, left: 62 };
const LEGEND_ROW = 18;
/** Approximate width of a label's character. */
const CHARACTER = 6.6;
const PLOT_WIDTH = WIDTH - MARGIN.left - MARGIN.right;
const PLOT_HEIGHT = HEIGHT - MARGIN.top - MARGIN.bottom;
const PLOT = `${MARGIN.left} ${MARGIN.top} ${PLOT_WIDTH} ${PLOT_HEIGHT}`;
const PLOT_BOX = `x="${MARGIN.left}" y="${MARGIN.top}" width="${PLOT_WIDTH}" height="${PLOT_HEIGHT}" viewBox="${PLOT}"`;

/** An SVG document with the figures below each other. */
export function drawSvg(figures: readonly Figure[]): string {
  const styles = new Set(figures.flatMap(({ lines }) => lines.map(({ style }) => style)));
  let top = 0;
  const parts = figures.map((figure) => {
    const { body, height } = panel(figure);
    const part = `<g transform="translate(0 ${top})">${body}</g>`;
    top += height + GAP;
    return part;
  });
  const height = Math.max(top - GAP, 1);
  const title = figures.map((figure) => figure.title).join(', ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${css(styles)}</style>`,
    `<rect class="back" width="${WIDTH}" height="${height}" rx="8"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function css(styles: ReadonlySet<number>): string {
  const lines = (theme: 'light' | 'dark') =>
    [...styles]
      .map((n) => {
        const color = lineStyle(n)[theme];
        return `.line${n}{stroke:${color}}.band${n}{fill:${color};opacity:.18}`;
      })
      .join('');
  return [
    'text{font:12px system-ui,sans-serif;fill:#5c6670}.title{font-weight:600;font-size:13px;fill:#1d252c}',
    '.back{fill:#fff}.grid{stroke:#0000001a}.curve{fill:none;stroke-width:1.6;stroke-linejoin:round}.raw{stroke-width:1;opacity:.25}',
    lines('light'),
    '@media(prefers-color-scheme:dark){text{fill:#9aa4ae}.title{fill:#e4e8eb}.back{fill:#191f24}.grid{stroke:#ffffff1f}',
    lines('dark'),
    '}',
  ].join('');
}

function panel(figure: Figure): { body: string; height: number } {
  const unit = figure.unit === '' ? '' : ` (${figure.unit})`;
  const title = `<text class="title" x="${MARGIN.left}" y="21">${escaped(figure.title + unit)}</text>`;
  const notes = figureNotes(figure).join(', ');
  const layout = layOut(figure, PLOT_WIDTH, { x: 7, y: 5 }, true);
  if (layout === undefined) {
    const text = escaped(['no numbers', notes].filter((part) => part !== '').join(': '));
    return {
      body: `${title}<text x="${MARGIN.left}" y="48">${text}</text>`,
      height: MARGIN.top + 30,
    };
  }
  const note = `<text x="${WIDTH - MARGIN.right}" y="21" text-anchor="end">${escaped(notes)}</text>`;
  const legend = layout.lines.length > 1 ? legendRows(layout) : { body: '', rows: 0 };
  const curves = layout.lines.map(({ line, points, raw }) => {
    const faint =
      (line.band === undefined ? '' : area(line.band, layout, line.style)) +
      (raw === undefined ? '' : path(raw, layout, `raw line${line.style}`, []));
    return faint + path(points, layout, `line${line.style}`, lineStyle(line.style).dash);
  });
  const body = [
    title,
    note,
    axes(figure, layout),
    // Lines may go on beyond a chosen frame, which clips them.
    ...(figure.frame === undefined ? curves : [`<svg ${PLOT_BOX}>`, ...curves, '</svg>']),
    `<g transform="translate(0 ${HEIGHT + 8})">${legend.body}</g>`,
  ].join('\n');
  return { body, height: HEIGHT + 8 + legend.rows * LEGEND_ROW };
}

function axes({ axis }: Figure, { x, y }: Layout): string {
  const [yLabels, xLabels] = [formatTicks('value', y.ticks), formatTicks(axis, x.ticks)];
  const rows = y.ticks.map((tick, i) => {
    const at = round(top(y.place(tick)));
    const line = `<path class="grid" d="M${MARGIN.left} ${at}h${PLOT_WIDTH}"/>`;
    const label = `<text x="${MARGIN.left - 8}" y="${at + 4}" text-anchor="end">${yLabels[i]}</text>`;
    return line + label;
  });
  const columns = x.ticks.map((tick, i) => {
    const at = round(left(x.place(tick)));
    const line = `<path class="grid" d="M${at} ${MARGIN.top}v${PLOT_HEIGHT}"/>`;
    const y = HEIGHT - MARGIN.bottom + 17;
    return `${line}<text x="${at}" y="${y}" text-anchor="middle">${xLabels[i]}</text>`;
  });
  const name = `<text x="${MARGIN.left + PLOT_WIDTH / 2}" y="${HEIGHT - 9}" text-anchor="middle">${AXIS_TITLES[axis]}</text>`;
  return [...rows, ...columns, name].join('\n');
}

function path(
  { x: xs, y: ys }: Sample,
  { x, y }: Layout,
  classes: string,
  dash: readonly number[],
): string {
  let data = '';
  let isDown = false;
  for (const [i, value] of ys.entries()) {
    const place = y.place(value);
    if (!Number.isFinite(place)) {
      isDown = false;
      continue;
    }
    const at = `${round(left(x.place(xs[i] ?? Number.NaN)))} ${round(top(place))}`;
    // A point between gaps is drawn as a dot: a line of no length with round ends.
    const isAlone = !Number.isFinite(y.place(ys[i + 1] ?? Number.NaN));
    data += isDown ? `L${at}` : `M${at}${isAlone ? 'h0' : ''}`;
    isDown = true;
  }
  const dashes = dash.length > 0 ? ` stroke-dasharray="${dash.join(' ')}"` : '';
  return `<path class="curve ${classes}" stroke-linecap="round"${dashes} d="${data}"/>`;
}

/** The area between the low and high values of a band, in pieces where the band has gaps. */
function area({ low, high }: Band, { x, y }: Layout, style: number): string {
  const at = (i: number, values: Float64Array) => {
    const [px, py] = [x.place(low.x[i] ?? Number.NaN), y.place(values[i] ?? Number.NaN)];
    return Number.isFinite(px + py) ? `${round(left(px))} ${round(top(py))}` : undefined;
  };
  let data = '';
  let piece: readonly [upper: string[], lower: string[]] = [[], []];
  for (let i = 0; i <= low.x.length; i++) {
    const [upper, lower] = [at(i, high.y), at(i, low.y)];
    if (upper !== undefined && lower !== undefined) {
      piece[0].push(upper);
      piece[1].unshift(lower);
    } else if (piece[0].length > 0) {
      data += `M${piece.flat().join('L')}Z`;
      piece = [[], []];
    }
  }
  return `<path class="band${style}" d="${data}"/>`;
}

function legendRows({ lines }: Layout): { body: string; rows: number } {
  let [column, row] = [MARGIN.left, 0];
  const entries = lines.map(({ line }) => {
    const width = 34 + line.label.length * CHARACTER;
    if (column > MARGIN.left && column + width > WIDTH - MARGIN.right) {
      column = MARGIN.left;
      row++;
    }
    const { dash } = lineStyle(line.style);
    const y = row * LEGEND_ROW;
    const dashes = dash.length > 0 ? ` stroke-dasharray="${dash.join(' ')}"` : '';
    const entry =
      `<path class="curve line${line.style}"${dashes} d="M${round(column)} ${y}h20"/>` +
      `<text x="${round(column + 26)}" y="${y + 4}">${escaped(line.label)}</text>`;
    column += width;
    return entry;
  });
  return { body: entries.join(''), rows: row + 1 };
}

function left(place: number): number {
  return MARGIN.left + place * PLOT_WIDTH;
}

function top(place: number): number {
  return MARGIN.top + (1 - place) * PLOT_HEIGHT;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Text from a log, escaped for XML. Characters that XML cannot hold are replaced. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
