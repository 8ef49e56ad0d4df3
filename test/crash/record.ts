/** Records whose content follows from their writer and number, and checks for lines of such records. */

import { type Data, implementation } from 'dllogger';
import { logLine } from '#dist/python/json.js';

/** Layout of a writer's witness, in 32-bit numbers. */
export const WITNESS = { acknowledged: 0, begun: 1, bytes: 8 };

export type Metrics = Data;

const TEXT = 'loss of the \u201cfirst\u201d epoch \n\t\\ \u{1f4c9} ';
/** A text that makes a record too large for the ring. */
const LARGE_TEXT = 'x'.repeat(300_000);
/** The text before the step of each record, with every number replaced by 0. */
const HEAD =
  'DLLL {"timestamp": "0.0", "datetime": "0-0-0 0:0:0.0+0:0", "elapsedtime": "0.0", "type": "LOG", "step": ';

function mix(writer: number, sequence: number): number {
  let hash = Math.imul(writer + 1, 0x9e3779b1) ^ Math.imul(sequence + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Numbers, texts, nested values, ever new keys, and now and then a record larger than the ring takes. */
export function metricsOf(writer: number, sequence: number): Metrics {
  const chance = mix(writer, sequence);
  if (chance % 4001 === 0) return { large: LARGE_TEXT, sequence };
  switch (chance % 16) {
    case 8:
    case 9:
      return { text: TEXT.repeat(chance % 7), sequence };
    case 10:
      return { [`metric.${chance % 5000}`]: sequence / 3, sequence };
    case 11:
      return { nested: { list: [sequence, null, true, [chance]], text: '' }, sequence };
    case 12:
      return { a: sequence, b: -chance, c: chance / 1e9, d: 1e300, e: sequence / 7 };
    case 13:
      return {};
    default:
      return { loss: sequence / 7, lr: 1 / (chance + 1), writer };
  }
}

/** The records of each writer in a log, and the faults of the log. */
export interface Content {
  /** The numbers of each writer's records, in file order. */
  readonly sequences: ReadonlyMap<number, readonly number[]>;
  /** Lines that are not a whole record, or not the record that was logged. */
  readonly torn: readonly string[];
  readonly lines: number;
}

export function contentOf(text: string): Content {
  const sequences = new Map<number, number[]>();
  const torn: string[] = [];
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  if (rest !== '') torn.push(rest);
  for (const line of lines) {
    const step = stepOf(line);
    if (step === undefined) {
      torn.push(line);
      continue;
    }
    const [writer, sequence] = step;
    const known = sequences.get(writer);
    if (known === undefined) sequences.set(writer, [sequence]);
    else known.push(sequence);
  }
  return { sequences, torn, lines: lines.length };
}

/** Writer and number of the record that a line holds; undefined for any other line. */
function stepOf(line: string): [number, number] | undefined {
  if (!line.startsWith('DLLL {')) return undefined;
  try {
    const { step, data } = JSON.parse(line.slice('DLLL '.length)) as {
      step: [number, number];
      data: Metrics;
    };
    const expected = JSON.stringify(metricsOf(step[0], step[1]));
    return JSON.stringify(data) === expected ? step : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether a line is a beginning of this record that a kill may leave before `log()` has returned. With a ring this
 * happens only to a record too large for the ring; without a ring to any record, since a kill can end a write between
 * two pages.
 */
export function isBeginning(line: string, writer: number, sequence: number): boolean {
  const metrics = metricsOf(writer, sequence);
  const mayBegin = metrics.large !== undefined || implementation === 'typescript';
  if (line === '' || !mayBegin) return false;
  const step = line.indexOf('[');
  const head = (step < 0 ? line : line.slice(0, step)).replace(/\d+/g, '0');
  if (step < 0) return HEAD.startsWith(head);
  const whole = String(logLine(0, 0, [writer, sequence], metrics, 'literal'));
  return head === HEAD && whole.slice(whole.indexOf('['), -1).startsWith(line.slice(step));
}
