/** Draws a figure as text: lines of Braille dots, two by four in a character. */
import stringWidth from 'string-width';
import type { Axis } from '../runs/axis.js';
import { giveSample, POINTS_PER_BUCKET } from '../runs/curve.js';
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
  const notes = figureNotes(figure);
  const yTicks = Math.max(Math.floor(rows / ROWS_PER_TICK), 2);
  // The labels' width depends on the scale of y, which is that of the least and the largest value: one column has both.
  let longest = 0;
  for (const { curve } of figure.lines) longest = Math.max(longest, curve.length);
  const isShort = isDrawnWhole(longest, columns);
  const first = layOut(figure, isShort ? columns * DOTS_WIDE : 1, { x: 2, y: yTicks }, false);
  if (first === undefined) {
    addLine(out, 'no numbers');
    addNotes(out, notes, columns);
    return;
  }
  const begins = rowBegins(first.y.ticks);
  const { margin } = begins;
  const width = Math.max(columns - margin, MIN_WIDTH);
  const ticks = { x: Math.max(width / COLUMNS_PER_TICK, 1), y: yTicks };
  // Short lines have the same points in either width.
  const layout =
    isShort && isDrawnWhole(longest, width)
      ? inWidth(first, figure.axis, ticks.x)
      : (layOut(figure, width * DOTS_WIDE, ticks, false) ?? first);
  const hasLetters = needsLetters(layout, options);
  addRows(out, layout, options, { width, begins, hasLetters });
  addXAxis(out, figure.axis, layout.x, width, margin);
  if (hasLetters && layout.lines.length > LETTERS.length) {
    notes.push(`more than ${LETTERS.length} lines: some share a letter`);
  }
  addNotes(out, notes, columns);
  if (layout.lines.length > 1) for (const line of legend(layout, options)) addLine(out, line);
}

/** What stands before the rows of a chart. */
interface RowBegins {
  /** The labels of y. */
  readonly labels: readonly string[];
  /** Characters. */
  readonly margin: number;
  /** By tick: its label and the axis. */
  readonly labelled: readonly string[];
  /** The axis, in a row without a tick. */
  readonly blank: string;
}

interface Look {
  /** Characters of a row, without what stands before it. */
  readonly width: number;
  readonly begins: RowBegins;
  /** Whether letters tell the lines apart. */
  readonly hasLetters: boolean;
}

/** Writes the rows of a chart. The layout's points are then given back. */
function addRows(out: TextBytes, layout: Layout, options: TerminalOptions, look: Look): void {
  const { rows } = options;
  const canvas = blankCanvas(look.width, rows, options.style !== undefined);
  for (let i = 0; i < layout.lines.length; i++) drawLine(canvas, layout, i);
  if (look.hasLetters) writeLetters(canvas, layout);
  for (const { points } of layout.lines) giveSample(points);
  const begins = beginsByRow(rows, layout.y, look.begins);
  const paints = paintsOf(layout, options);
  for (let row = 0; row < rows; row++) {
    out.add(begins[row] as string);
    canvas.writeRow(out, row, paints);
    out.add('\n');
  }
}

function addLine(out: TextBytes, line: string): void {
  out.add(line);
  out.add('\n');
}

function addNotes(out: TextBytes, notes: readonly string[], columns: number): void {
  for (const note of notes) addLine(out, cut(note, columns));
}

/** The layout with other ticks of x. */
function inWidth({ range, y, lines }: Layout, axis: Axis, ticks: number): Layout {
  return { range, x: axisScale(axis, ...range, ticks), y, lines };
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

function drawLine(canvas: Canvas, { x, y, lines }: Layout, owner: number): void {
  const { x: xs, y: ys } = (lines[owner] as Layout['lines'][number]).points;
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

/** What stands before the rows of the chart drawn last: the charts of a log mostly have the same labels. */
let lastBegins: RowBegins | undefined;

function rowBegins(ticks: readonly number[]): RowBegins {
  const labels = tickLabels('value', ticks);
  if (lastBegins?.labels === labels) return lastBegins;
  let margin = 2;
  for (const label of labels) margin = Math.max(margin, label.length + 2);
  const labelled = labels.map((label) => `${label.padStart(margin - 2)} ┤`);
  lastBegins = { labels, margin, labelled, blank: `${' '.repeat(margin - 1)}│` };
  return lastBegins;
}

/** What stands before each row of the chart, from the top. */
function beginsByRow(rows: number, y: Scale, { labelled, blank }: RowBegins): string[] {
  const byRow = new Array<string>(rows).fill(blank);
  for (let i = 0; i < labelled.length; i++) {
    const row = Math.round((1 - y.place(y.ticks[i] as number)) * (rows - 1));
    if (byRow[row] === blank) byRow[row] = labelled[i] as string;
  }
  return byRow;
}

function addXAxis(out: TextBytes, axis: Axis, x: Scale, width: number, margin: number): void {
  let line = '';
  let text = '';
  const labels = tickLabels(axis, x.ticks);
  // The axis' name stands at the end; labels keep clear of it.
  const end = width + margin - axis.length - 1;
  let free = 0;
  for (let i = 0; i < x.ticks.length; i++) {
    const column = Math.round(x.place(x.ticks[i] as number) * (width - 1));
    const label = labels[i] ?? '';
    const start = margin + column - Math.floor(label.length / 2);
    if (start < free || start + label.length > end) continue;
    line = `${line.padEnd(column, '─')}┬`;
    text = text.padEnd(start) + label;
    free = start + label.length + 1;
  }
  addLine(out, `${' '.repeat(margin - 1)}└${line.padEnd(width, '─')}`);
  addLine(out, text.padEnd(end + 1) + axis);
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
