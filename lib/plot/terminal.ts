/** Draws a figure as text: lines of Braille dots, two by four in a character. */
import stringWidth from 'string-width';
import type { Axis } from '../runs/axis.js';
import { giveSample, POINTS_PER_BUCKET, type Sample } from '../runs/curve.js';
import { formatTicks } from '../runs/format.js';
import { commonWords } from '../runs/names.js';
import { blankCanvas, type Canvas, DOTS_HIGH, DOTS_WIDE, type Paint } from './canvas.js';
import { type Figure, figureNotes, type Layout, layOut } from './figure.js';
import { labelCut, middleCut } from './middle-cut.js';
import { lineStyle, type Swatch } from './palette.js';
import { axisScale, type Scale } from './scale.js';
import type { TextBytes } from './text-bytes.js';

interface TerminalOptions {
  /** Characters of a line. */
  readonly columns: number;
  /** Lines of the chart itself, without title, axis and legend. */
  readonly rows: number;
  /** Gives text a style. Undefined when there are no colours: letters then tell the lines apart. */
  readonly style: ((style: Swatch['terminal'] | 'bold', text: string) => string) | undefined;
}

const MIN_WIDTH = 8;
const COLUMNS_PER_TICK = 12;
const ROWS_PER_TICK = 3;
/** Stands for any text. */
const MARK = '·';
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
/** How often a line without colour shows its letter. */
const LETTERS_PER_LINE = 4;

/** Writes the lines of text that show a figure. Labels must be safe to print. */
export function drawInTerminal(out: TextBytes, figure: Figure, options: TerminalOptions): void {
  const { columns, rows, style } = options;
  const unit = figure.unit === '' ? '' : ` (${figure.unit})`;
  const title = cut(`${figure.title}${unit}`, columns);
  addLine(out, style === undefined ? title : style('bold', title));
  const notes = figureNotes(figure).map((note) => cut(note, columns));
  const yTicks = Math.max(Math.floor(rows / ROWS_PER_TICK), 2);
  // The labels' width depends on the scale of y, which is that of the least and the largest value: one column has both.
  const longest = figure.lines.reduce((most, { curve }) => Math.max(most, curve.length), 0);
  const isShort = isDrawnWhole(longest, columns);
  const first = layOut(figure, isShort ? columns * DOTS_WIDE : 1, { x: 2, y: yTicks }, false);
  if (first === undefined) {
    for (const line of ['no numbers', ...notes]) addLine(out, line);
    return;
  }
  const labels = tickLabels('value', first.y.ticks);
  const margin = Math.max(0, ...labels.map((label) => label.length)) + 2;
  const width = Math.max(columns - margin, MIN_WIDTH);
  const ticks = { x: Math.max(width / COLUMNS_PER_TICK, 1), y: yTicks };
  // Short lines have the same points in either width.
  const layout =
    isShort && isDrawnWhole(longest, width)
      ? { ...first, x: axisScale(figure.axis, ...first.range, ticks.x) }
      : (layOut(figure, width * DOTS_WIDE, ticks, false) ?? first);
  const canvas = blankCanvas(width, rows);
  for (const [i, { points }] of layout.lines.entries()) drawLine(canvas, points, layout, i);
  const hasLetters = needsLetters(layout, options);
  if (hasLetters) writeLetters(canvas, layout);
  if (hasLetters && layout.lines.length > LETTERS.length) {
    notes.push(cut(`more than ${LETTERS.length} lines: some share a letter`, columns));
  }
  const rowLabels = labelsByRow(rows, layout.y, labels);
  const paints = paintsOf(layout, options);
  for (let row = 0; row < rows; row++) {
    const label = rowLabels[row] ?? '';
    out.add(`${label.padStart(margin - 2)} ${label === '' ? '│' : '┤'}`);
    canvas.writeRow(out, row, paints);
    out.add('\n');
  }
  for (const { points } of layout.lines) giveSample(points);
  for (const line of xAxis(figure, layout.x, width, margin)) addLine(out, line);
  for (const note of notes) addLine(out, note);
  if (layout.lines.length > 1) for (const line of legend(layout, options)) addLine(out, line);
}

function addLine(out: TextBytes, line: string): void {
  out.add(line);
  out.add('\n');
}

/** Whether every point of a line is drawn in a number of characters. */
function isDrawnWhole(points: number, characters: number): boolean {
  return points <= POINTS_PER_BUCKET * DOTS_WIDE * characters;
}

/** Whether letters tell lines apart, because there are no colours, or fewer colours than lines. */
function needsLetters({ lines }: Layout, { style }: TerminalOptions): boolean {
  if (lines.length < 2) return false;
  const colors = new Set(lines.map(({ line }) => lineStyle(line.style).terminal));
  return style === undefined || colors.size < lines.length;
}

/** How each line is painted; undefined where there are no colours. */
function paintsOf({ lines }: Layout, { style }: TerminalOptions): Paint[] | undefined {
  if (style === undefined) return undefined;
  return lines.map(({ line }) => {
    const [begin = '', end = ''] = style(lineStyle(line.style).terminal, MARK).split(MARK);
    return [begin, end];
  });
}

function drawLine(canvas: Canvas, { x: xs, y: ys }: Sample, { x, y }: Layout, owner: number): void {
  const right = canvas.width * DOTS_WIDE - 1;
  const bottom = canvas.height * DOTS_HIGH - 1;
  const { length } = ys;
  let isGap = true;
  let fromColumn = 0;
  let fromRow = 0;
  for (let i = 0; i < length; i++) {
    const place = y.place(ys[i] as number);
    if (!Number.isFinite(place)) {
      isGap = true;
      continue;
    }
    const column = Math.round(x.place(xs[i] as number) * right);
    const row = Math.round((1 - place) * bottom);
    canvas.line(isGap ? column : fromColumn, isGap ? row : fromRow, column, row);
    fromColumn = column;
    fromRow = row;
    isGap = false;
  }
  canvas.own(owner);
}

/** Writes the letter of each line at several places, the last at or near the line's end. */
function writeLetters(canvas: Canvas, { lines, x, y }: Layout): void {
  const count = lines.length;
  for (const [i, { points }] of lines.entries()) {
    for (let n = 1; n <= LETTERS_PER_LINE; n++) {
      // Every line has its own places, so that letters do not overlap.
      const share = (n - i / count / 2) / LETTERS_PER_LINE;
      const at = Math.round(share * (points.x.length - 1));
      const place = y.place(points.y[at] ?? Number.NaN);
      if (!Number.isFinite(place)) continue;
      const column = Math.round(x.place(points.x[at] ?? 0) * (canvas.width - 1));
      const row = Math.round((1 - place) * (canvas.height - 1));
      canvas.write(column, row, LETTERS[i % LETTERS.length] ?? '?', i);
    }
  }
}

/** The ticks labelled last on each axis, and their labels: the charts of a log mostly have the same ticks. */
const labelled = new Map<string, { ticks: readonly number[]; labels: readonly string[] }>();

function tickLabels(axis: Axis | 'value', ticks: readonly number[]): readonly string[] {
  const last = labelled.get(axis);
  if (last?.ticks.length === ticks.length && last.ticks.every((tick, i) => tick === ticks[i])) {
    return last.labels;
  }
  const labels = formatTicks(axis, ticks);
  labelled.set(axis, { ticks, labels });
  return labels;
}

/** The label of each row of the chart, from the top; empty for a row without a tick. */
function labelsByRow(rows: number, y: Scale, labels: readonly string[]): string[] {
  const byRow = new Array<string>(rows).fill('');
  for (const [i, tick] of y.ticks.entries()) {
    const row = Math.round((1 - y.place(tick)) * (rows - 1));
    if (byRow[row] === '') byRow[row] = labels[i] ?? '';
  }
  return byRow;
}

function xAxis(figure: Figure, x: Scale, width: number, margin: number): string[] {
  let line = '';
  let text = '';
  const labels = tickLabels(figure.axis, x.ticks);
  // The axis' name stands at the end; labels keep clear of it.
  const end = width + margin - figure.axis.length - 1;
  let free = 0;
  for (const [i, tick] of x.ticks.entries()) {
    const column = Math.round(x.place(tick) * (width - 1));
    const label = labels[i] ?? '';
    const start = margin + column - Math.floor(label.length / 2);
    if (start < free || start + label.length > end) continue;
    line = `${line.padEnd(column, '─')}┬`;
    text = text.padEnd(start) + label;
    free = start + label.length + 1;
  }
  const last = text.padEnd(end + 1) + figure.axis;
  return [`${' '.repeat(margin - 1)}└${line.padEnd(width, '─')}`, last];
}

function legend(layout: Layout, options: TerminalOptions): string[] {
  const { lines } = layout;
  const { columns, style } = options;
  const hasLetters = needsLetters(layout, options);
  const common = commonWords(lines.map(({ line }) => line.label));
  const rows: string[] = [];
  let row = '';
  let length = 0;
  for (const [i, { line }] of lines.entries()) {
    const mark = hasLetters ? (LETTERS[i % LETTERS.length] ?? '?') : '━━';
    const label = labelCut(line.label, common, Math.max(columns - mark.length - 1, 1), stringWidth);
    const entry = mark.length + 1 + stringWidth(label);
    if (length > 0 && length + 2 + entry > columns) {
      rows.push(row);
      row = '';
      length = 0;
    }
    const painted = style === undefined ? mark : style(lineStyle(line.style).terminal, mark);
    row += `${length > 0 ? '  ' : ''}${painted} ${label}`;
    length += (length > 0 ? 2 : 0) + entry;
  }
  return row === '' ? rows : [...rows, row];
}

/** A text cut to a number of columns; its middle is left out. */
function cut(text: string, columns: number): string {
  return middleCut(text, columns, stringWidth);
}
