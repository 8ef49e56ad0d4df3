/** A record as a line for people. */
import { isDescription, mergedMetadata } from '../reader/step.js';
import type {
  JsonObject,
  JsonValue,
  LogEntry,
  LogRecord,
  MetadataRecord,
} from '../reader/types.js';
import { Timestamp } from '../record/timestamp.js';
import { printable } from './escape.js';
import type { NameFilter } from './filter.js';
import type { Output, Style } from './output.js';
import { padded, widthOf, wrapped } from './table.js';
import { plainText, stepText, unitText, valueText } from './text.js';

const COLOURS: readonly Style[] = ['cyan', 'green', 'yellow', 'magenta', 'blue', 'red'];
/** Terminals narrower than this have no room for the date. */
const ROOM_FOR_DATE = 100;
/** A step or value wider than this does not widen the column for later lines. */
const MAX_COLUMN = 24;

export class RecordLines {
  readonly #output: Output;
  readonly #wants: NameFilter;
  readonly #metadata = new Map<string, JsonObject>();
  readonly #colours = new Map<string, Style>();
  /** The widest texts so far, by metric. */
  readonly #widths = new Map<string, number>();
  #stepWidth = 0;

  constructor(output: Output, wants: NameFilter) {
    this.#output = output;
    this.#wants = wants;
  }

  /** Remembers units and formats. */
  learn({ metric, metadata }: MetadataRecord): void {
    this.#metadata.set(metric, mergedMetadata(this.#metadata.get(metric), metadata));
  }

  line(entry: LogEntry): string {
    return entry.kind === 'LOG' ? this.#logLine(entry) : this.#metadataLine(entry);
  }

  #logLine({ timestamp, step, data }: LogRecord): string {
    const text = stepText(step);
    this.#stepWidth = Math.max(this.#stepWidth, Math.min(widthOf(text), MAX_COLUMN));
    const head = `${this.#time(timestamp)}  ${padded(text, this.#stepWidth)}`;
    const items = Object.entries(data)
      .filter(([metric]) => this.#wants(metric))
      .map(([metric, value]) =>
        isDescription(step) ? this.#parameter(metric, value) : this.#metric(metric, value),
      );
    return this.#fitted(head, items);
  }

  #metadataLine({ timestamp, metric, metadata }: MetadataRecord): string {
    const items = Object.entries(metadata).map(([key, value]) => this.#parameter(key, value));
    const name = this.#output.style(this.#colour(metric), printable(metric));
    const head = `${this.#time(timestamp)}  ${'metadata'.padEnd(this.#stepWidth)}`;
    return this.#fitted(head, [name, ...items]);
  }

  /** Where lines have an end, items that find no room go on under the first one. */
  #fitted(head: string, items: readonly string[]): string {
    const { room } = this.#output;
    if (!Number.isFinite(room)) return [head, ...items].join('  ').trimEnd();
    const indent = Math.min(widthOf(head) + 2, room >> 1);
    const [first = '', ...rest] = wrapped(items, room - indent);
    return [`${head}  ${first}`, ...rest.map((line) => ' '.repeat(indent) + line)].join('\n');
  }

  #time(seconds: number): string {
    if (Number.isNaN(seconds)) return '-';
    const text = new Timestamp(Math.floor(seconds * 1000) * 1000).toString();
    const full = text.includes('.') ? text.slice(0, -3) : `${text}.000`;
    const isNarrow = this.#output.room < ROOM_FOR_DATE;
    return this.#output.style('dim', isNarrow ? full.slice(11) : full);
  }

  #parameter(name: string, value: JsonValue): string {
    return `${this.#output.style('dim', printable(name))} ${plainText(value)}`;
  }

  #metric(metric: string, value: JsonValue): string {
    const metadata = this.#metadata.get(metric);
    const text = valueText(metric, metadata, value);
    const width = Math.max(this.#widths.get(metric) ?? 0, Math.min(widthOf(text), MAX_COLUMN));
    this.#widths.set(metric, width);
    const name = this.#output.style(this.#colour(metric), printable(metric));
    return `${name} ${' '.repeat(Math.max(width - widthOf(text), 0))}${text}${unitText(metadata)}`;
  }

  #colour(metric: string): Style {
    let colour = this.#colours.get(metric);
    if (colour === undefined) {
      colour = COLOURS[this.#colours.size % COLOURS.length] ?? 'cyan';
      this.#colours.set(metric, colour);
    }
    return colour;
  }
}
