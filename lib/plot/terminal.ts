/** Draws a figure as text: lines of Braille dots, two by four in a character. */
import stringWidth from 'string-width';
import type { Sample } from '../runs/curve.js';
import { formatTicks } from '../runs/format.js';
import { type Figure, figureNotes, type Layout, layOut } from './figure.js';
import { middleCut } from './middle-cut.js';
import { lineStyle, type Swatch } from './palette.js';
import type { Scale } from './scale.js';

interface TerminalOptions {
  /** Characters of a line. */
  readonly columns: number;
  /** Lines of the chart itself, without title, axis and legend. */
  readonly rows: number;
  /** Gives text a colour. Undefined when there are no colours: letters then tell the lines apart. */
  readonly color: ((color: Swatch['terminal'], text: string) => string) | undefined;
}

const MIN_WIDTH = 8;
const COLUMNS_PER_TICK = 12;
const ROWS_PER_TICK = 3;
const BRAILLE = 0x2800;
/** The bits of a Braille character's dots, by column and row. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
/** How often a line without colour shows its letter. */
const LETTERS_PER_LINE = 4;

/** The lines of text that show a figure. Labels must be safe to print. */
export function drawInTerminal(figure: Figure, options: TerminalOptions): string[] {
  const { columns, rows } = options;
  const unit = figure.unit === '' ? '' : ` (${figure.unit})`;
  const title = cut(`${figure.title}${unit}`, columns);
  const yTicks = Math.max(Math.floor(rows / ROWS_PER_TICK), 2);
  // The labels' width depends on the scale, the scale hardly on the width.
  const notes = figureNotes(figure).map((note) => cut(note, columns));
  const rough = layOut(figure, columns, { x: 2, y: yTicks }, false);
  if (rough === undefined) return [title, 'no numbers', ...notes];
  const labels = formatTicks('value', rough.y.ticks);
  const margin = Math.max(0, ...labels.map((label) => label.length)) + 2;
  const width = Math.max(columns - margin, MIN_WIDTH);
  const ticks = { x: Math.max(width / COLUMNS_PER_TICK, 1), y: yTicks };
  const layout = layOut(figure, width * 2, ticks, false) ?? rough;
  const canvas = new Canvas(width, rows);
  for (const [i, { points }] of layout.lines.entries()) drawLine(canvas, points, layout, i);
  const hasLetters = needsLetters(layout, options);
  if (hasLetters) writeLetters(canvas, layout);
  if (hasLetters && layout.lines.length > LETTERS.length) {
    notes.push(cut(`more than ${LETTERS.length} lines: some share a letter`, columns));
  }
  return [
    title,
    ...canvas.text(paint(layout, options)).map((line, row) => {
      const label = labelAt(row, rows, layout.y, labels);
      return `${label.padStart(margin - 2)} ${label === '' ? '│' : '┤'}${line}`.trimEnd();
    }),
    ...xAxis(figure, layout.x, width, margin),
    ...notes,
    ...(layout.lines.length > 1 ? legend(layout, options) : []),
  ];
}

/** Whether letters tell lines apart, because there are no colours, or fewer colours than lines. */
function needsLetters({ lines }: Layout, { color }: TerminalOptions): boolean {
  if (lines.length < 2) return false;
  const colors = new Set(lines.map(({ line }) => lineStyle(line.style).terminal));
  return color === undefined || colors.size < lines.length;
}

/** Gives the characters of each line the line's colour. */
function paint(
  { lines }: Layout,
  { color }: TerminalOptions,
): (text: string, owner: number) => string {
  return (text, owner) => {
    const style = lines[owner]?.line.style;
    return color === undefined || style === undefined
      ? text
      : color(lineStyle(style).terminal, text);
  };
}

function drawLine(canvas: Canvas, { x: xs, y: ys }: Sample, { x, y }: Layout, owner: number): void {
  const [right, bottom] = [canvas.width * 2 - 1, canvas.height * 4 - 1];
  let before: readonly [number, number] | undefined;
  for (const [i, value] of ys.entries()) {
    const place = y.place(value);
    if (!Number.isFinite(place)) {
      before = undefined;
      continue;
    }
    const column = Math.round(x.place(xs[i] ?? Number.NaN) * right);
    const row = Math.round((1 - place) * bottom);
    const [fromColumn, fromRow] = before ?? [column, row];
    canvas.line(fromColumn, fromRow, column, row, owner);
    before = [column, row];
  }
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

function labelAt(row: number, rows: number, y: Scale, labels: readonly string[]): string {
  const index = y.ticks.findIndex((tick) => Math.round((1 - y.place(tick)) * (rows - 1)) === row);
  return labels[index] ?? '';
}

function xAxis(figure: Figure, x: Scale, width: number, margin: number): string[] {
  const line = new Array<string>(width).fill('─');
  const text = new Array<string>(width + margin).fill(' ');
  const labels = formatTicks(figure.axis, x.ticks);
  // The axis' name stands at the end; labels keep clear of it.
  const end = text.length - figure.axis.length - 1;
  let free = 0;
  for (const [i, tick] of x.ticks.entries()) {
    const column = Math.round(x.place(tick) * (width - 1));
    const label = labels[i] ?? '';
    const start = margin + column - Math.floor(label.length / 2);
    if (start < free || start + label.length > end) continue;
    line[column] = '┬';
    for (const [offset, character] of [...label].entries()) text[start + offset] = character;
    free = start + label.length + 1;
  }
  const last = text.join('').slice(0, end + 1) + figure.axis;
  return [`${' '.repeat(margin - 1)}└${line.join('')}`, last];
}

function legend(layout: Layout, options: TerminalOptions): string[] {
  const { lines } = layout;
  const { columns, color } = options;
  const hasLetters = needsLetters(layout, options);
  const rows: string[] = [];
  let row = '';
  let length = 0;
  for (const [i, { line }] of lines.entries()) {
    const mark = hasLetters ? (LETTERS[i % LETTERS.length] ?? '?') : '━━';
    const label = cut(line.label, Math.max(columns - mark.length - 1, 1));
    const entry = mark.length + 1 + stringWidth(label);
    if (length > 0 && length + 2 + entry > columns) {
      rows.push(row);
      row = '';
      length = 0;
    }
    const painted = color === undefined ? mark : color(lineStyle(line.style).terminal, mark);
    row += `${length > 0 ? '  ' : ''}${painted} ${label}`;
    length += (length > 0 ? 2 : 0) + entry;
  }
  return row === '' ? rows : [...rows, row];
}

/** A text cut to a number of columns; its middle is left out. */
function cut(text: string, columns: number): string {
  return middleCut(text, columns, stringWidth);
}

/** Braille characters. Each belongs to the line that drew in it last. */
class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #dots: Uint8Array;
  readonly #owner: Int16Array;
  readonly #letters = new Map<number, string>();

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#dots = new Uint8Array(width * height);
    this.#owner = new Int16Array(width * height).fill(-1);
  }

  /** Draws the dots between two dots, both included. */
  line(fromX: number, fromY: number, toX: number, toY: number, owner: number): void {
    const steps = Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY), 1);
    for (let step = 0; step <= steps; step++) {
      const x = Math.round(fromX + ((toX - fromX) * step) / steps);
      const y = Math.round(fromY + ((toY - fromY) * step) / steps);
      this.#dot(x, y, owner);
    }
  }

  write(column: number, row: number, letter: string, owner: number): void {
    const at = row * this.width + column;
    this.#letters.set(at, letter);
    this.#owner[at] = owner;
  }

  text(paint: (text: string, owner: number) => string): string[] {
    return Array.from({ length: this.height }, (_, row) => this.#row(row, paint));
  }

  #dot(x: number, y: number, owner: number): void {
    const bit = DOTS[x & 1]?.[y & 3];
    if (bit === undefined || x < 0 || y < 0 || x >= this.width * 2 || y >= this.height * 4) return;
    const at = (y >> 2) * this.width + (x >> 1);
    this.#dots[at] = (this.#dots[at] ?? 0) | bit;
    this.#owner[at] = owner;
  }

  /** Adjacent characters of one owner are painted together. */
  #row(row: number, paint: (text: string, owner: number) => string): string {
    let line = '';
    let piece = '';
    let owner = -1;
    const end = (next: number) => {
      line += owner === -1 ? piece : paint(piece, owner);
      piece = '';
      owner = next;
    };
    for (let at = row * this.width; at < (row + 1) * this.width; at++) {
      const next = this.#owner[at] ?? -1;
      if (next !== owner) end(next);
      const dots = this.#dots[at] ?? 0;
      piece += this.#letters.get(at) ?? (dots === 0 ? ' ' : String.fromCharCode(BRAILLE + dots));
    }
    end(-1);
    return line;
  }
}
