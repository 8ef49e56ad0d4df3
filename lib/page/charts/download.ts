/** Saves a chart as a file: an image, a drawing, or its numbers. */
import type { Figure } from '../../plot/figure.js';
import { drawSvg } from '../../plot/svg.js';
import { AXIS_TITLES } from '../../runs/axis.js';
import type { ChartCard, Shown } from '../chart-card.js';
import { element } from '../dom.js';
import type { Model } from '../model.js';
import type { Source } from '../source.js';
import { isDark } from '../theme.js';

/** The server's limit on buckets: only runs with more than five points for each bucket lose some. */
const MOST_BUCKETS = 10_000;
const FONT = 'system-ui, sans-serif';
const PADDING = 14;
const ROW = 18;

/** Saves the chart as the screen shows it, with its name above and its runs below. */
export function savePng(card: ChartCard, model: Model): void {
  const { shown } = card;
  if (shown === undefined) return;
  const { canvas, curves } = shown;
  const style = getComputedStyle(card.element);
  const ratio = canvas.width / canvas.clientWidth;
  const width = canvas.clientWidth + 2 * PADDING;
  const image = element('canvas', {});
  const context = image.getContext('2d');
  if (context === null) return;
  const legend = curves.length > 1 ? legendRows(context, shown, width - 2 * PADDING) : [];
  const height = canvas.clientHeight + 2 * PADDING + ROW * (legend.length + 2);
  image.width = Math.ceil(width * ratio);
  image.height = Math.ceil(height * ratio);
  context.scale(ratio, ratio);
  context.fillStyle = style.backgroundColor;
  context.fillRect(0, 0, width, height);
  context.fillStyle = style.color;
  context.font = `600 13px ${FONT}`;
  context.fillText(title(shown, model), PADDING, PADDING + 12);
  context.drawImage(canvas, PADDING, PADDING + ROW, canvas.clientWidth, canvas.clientHeight);
  context.font = `12px ${FONT}`;
  let y = PADDING + ROW + canvas.clientHeight + ROW;
  context.textAlign = 'center';
  context.fillText(AXIS_TITLES[shown.query.axis], width / 2, y - 4);
  context.textAlign = 'left';
  for (const row of legend) {
    y += ROW;
    for (const { label, curve, left } of row) {
      context.strokeStyle = isDark() ? curve.style.dark : curve.style.light;
      context.lineWidth = 2;
      context.setLineDash([...curve.style.dash]);
      context.beginPath();
      context.moveTo(PADDING + left, y - 4);
      context.lineTo(PADDING + left + 20, y - 4);
      context.stroke();
      context.fillText(label, PADDING + left + 26, y);
    }
  }
  image.toBlob((blob) => blob !== null && save(blob, fileName(shown, 'png')));
}

interface Entry {
  readonly label: string;
  readonly curve: Shown['curves'][number];
  readonly left: number;
}

function legendRows(
  context: CanvasRenderingContext2D,
  { curves }: Shown,
  width: number,
): Entry[][] {
  context.font = `12px ${FONT}`;
  const rows: Entry[][] = [];
  let left = width;
  for (const curve of curves) {
    const needed = 44 + context.measureText(curve.label).width;
    if (left + needed > width) {
      rows.push([]);
      left = 0;
    }
    rows.at(-1)?.push({ label: curve.label, curve, left });
    left += needed;
  }
  return rows;
}

/** Saves a drawing with the same lines and range; it follows the light or dark theme of its viewer. */
export function saveSvg(card: ChartCard, model: Model): void {
  const { shown } = card;
  if (shown === undefined) return;
  const { curves, range, valueRange, logarithmic, query } = shown;
  const figure: Figure = {
    title: shown.plan.id,
    unit: model.metric(shown.plan.metrics[0] ?? '').unit,
    axis: query.axis,
    logarithmic,
    wantsLog: query.logarithmic === true,
    frame: { range, valueRange },
    lines: curves.map((curve) => {
      const sampled = (points: typeof curve.raw) => ({
        extent: () => curve.extent,
        sample: () => points,
        last: () => curve.last,
        length: points.x.length,
      });
      return {
        label: curve.label,
        style: curve.palette,
        curve: sampled(curve.raw),
        smooth: curve.smooth && sampled(curve.smooth),
        band: curve.band,
        counts: curve,
      };
    }),
  };
  save(new Blob([drawSvg([figure])], { type: 'image/svg+xml' }), fileName(shown, 'svg'));
}

/** Saves every point in view that the page can get, one in each row. */
export async function saveCsv(card: ChartCard, model: Model, source: Source): Promise<void> {
  const { shown } = card;
  if (shown === undefined) return;
  const { query, plan } = shown;
  const answers = await source.query({
    ...query,
    metrics: [...plan.metrics],
    ...(model.view.range && { range: model.view.range }),
    buckets: MOST_BUCKETS,
  });
  const isSmoothed = query.smoothing > 0;
  const head = ['run', 'metric', query.axis, 'value', ...(isSmoothed ? ['smoothed'] : [])];
  const rows = answers.flatMap(({ metric, curves }) =>
    curves.flatMap(({ run, raw, smooth }) => {
      const name = model.run(run)?.name ?? '';
      return Array.from(raw.x, (x, i) => {
        const smoothed = smooth?.x[i] === x ? String(smooth.y[i]) : '';
        const value = String(raw.y[i]);
        return [name, metric, String(x), value, ...(isSmoothed ? [smoothed] : [])];
      });
    }),
  );
  const text = [head, ...rows].map((row) => `${row.map(quoted).join(',')}\n`).join('');
  save(new Blob([text], { type: 'text/csv' }), fileName(shown, 'csv'));
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function title({ plan }: Shown, model: Model): string {
  const { unit } = model.metric(plan.metrics[0] ?? '');
  return `${plan.id}${unit === '' ? '' : ` (${unit})`}`;
}

function fileName({ plan }: Shown, ending: string): string {
  return `${plan.id.replace(/[^\w.+-]+/g, '_').slice(0, 100)}.${ending}`;
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  element('a', { href: url, download: name }).click();
  // The browser has begun to read the file by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
