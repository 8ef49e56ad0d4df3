/** What waits to be sent to a run, cut into requests that the server accepts. */

/** Limits of one request. */
const MAX_METRICS = 1000;
const MAX_PAIRS = 100;
const MAX_ALL = 1000;
/** Bytes of a request; the server accepts 1 MB. */
const MAX_BYTES = 900_000;
/** Bytes of a metric or a pair besides its texts, roughly. */
const FRAME_BYTES = 100;

/** A metric's value, in the server's form. */
interface Metric {
  readonly key: string;
  readonly value: number | string;
  /** Milliseconds. */
  readonly timestamp: number;
  readonly step: number;
}

interface Pair {
  readonly key: string;
  readonly value: string;
}

export interface Batch {
  readonly metrics: readonly Metric[];
  readonly params: readonly Pair[];
  readonly tags: readonly Pair[];
  /** Number of records that the run has completely once it has this request. */
  readonly records: number;
}

export class Waiting {
  readonly params = new Map<string, string>();
  readonly tags = new Map<string, string>();
  #metrics: Metric[] = [];
  /** The record of each metric. */
  #records: number[] = [];
  /** How many of `#metrics` were sent. */
  #sent = 0;
  /** The run has the metrics of earlier records. */
  #first = 0;

  /** Adds a metric; false when the run has it already. */
  add(metric: Metric, record: number): boolean {
    if (record < this.#first) return false;
    this.#metrics.push(metric);
    this.#records.push(record);
    return true;
  }

  /** Whether there is enough for a full request. */
  get isEnough(): boolean {
    return this.#metrics.length - this.#sent >= MAX_METRICS;
  }

  /** Drops the metrics of records that the run has already, now and later; returns how many were waiting. */
  skipTo(record: number): number {
    const before = this.#sent;
    this.#first = record;
    while (this.#sent < this.#records.length && (this.#records[this.#sent] ?? 0) < record)
      this.#sent++;
    return this.#sent - before;
  }

  /**
   * The next request; undefined when nothing waits. The same until `done` is called.
   *
   * @param records Number of records received so far.
   */
  next(records: number): Batch | undefined {
    let bytes = 0;
    const pairs = (map: ReadonlyMap<string, string>): Pair[] => {
      const list: Pair[] = [];
      for (const [key, value] of map) {
        const size =
          Buffer.byteLength(key) + Buffer.byteLength(JSON.stringify(value)) + FRAME_BYTES;
        if (list.length === MAX_PAIRS || bytes + size > MAX_BYTES) break;
        bytes += size;
        list.push({ key, value });
      }
      return list;
    };
    const params = pairs(this.params);
    const tags = pairs(this.tags);
    // One tag is reserved for the position.
    const room = Math.min(MAX_METRICS, MAX_ALL - params.length - tags.length - 1);
    let end = this.#sent;
    while (end < this.#metrics.length && end - this.#sent < room && bytes < MAX_BYTES) {
      bytes += (this.#metrics[end]?.key.length ?? 0) + FRAME_BYTES;
      end++;
    }
    const metrics = this.#metrics.slice(this.#sent, end);
    if (metrics.length + params.length + tags.length === 0) return undefined;
    return { metrics, params, tags, records: this.#records[end] ?? records };
  }

  /** The server has accepted the request. */
  done({ metrics, params, tags }: Batch): void {
    for (const { key, value } of params)
      if (this.params.get(key) === value) this.params.delete(key);
    for (const { key, value } of tags) if (this.tags.get(key) === value) this.tags.delete(key);
    this.#sent += metrics.length;
    if (this.#sent < this.#metrics.length) return;
    this.#metrics = [];
    this.#records = [];
    this.#sent = 0;
  }
}
