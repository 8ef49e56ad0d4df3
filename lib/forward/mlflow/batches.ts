/** What waits to be sent to a run, and how it is cut into requests that the server takes. */

/** Limits of one request. */
const MAX_METRICS = 1000;
const MAX_PAIRS = 100;
const MAX_ALL = 1000;
/** The server takes 1 MB. */
const MAX_BYTES = 900_000;
/** What a metric or a pair has beside its texts, about. */
const FRAME_BYTES = 100;

/** A number of a metric, as the server has it. */
export interface Metric {
  readonly key: string;
  readonly value: number | string;
  /** Milliseconds. */
  readonly timestamp: number;
  readonly step: number;
}

export interface Pair {
  readonly key: string;
  readonly value: string;
}

export interface Batch {
  readonly metrics: readonly Metric[];
  readonly params: readonly Pair[];
  readonly tags: readonly Pair[];
  /** Records of the log that the run has whole, once it has this. */
  readonly records: number;
}

export class Waiting {
  readonly params = new Map<string, string>();
  readonly tags = new Map<string, string>();
  #metrics: Metric[] = [];
  /** The record of each metric. */
  #records: number[] = [];
  /** Metrics of `#metrics` that were sent. */
  #sent = 0;
  /** The run has those of earlier records. */
  #first = 0;

  /** False: the run has it already. */
  add(metric: Metric, record: number): boolean {
    if (record < this.#first) return false;
    this.#metrics.push(metric);
    this.#records.push(record);
    return true;
  }

  /** Whether a request would be full. */
  get isEnough(): boolean {
    return this.#metrics.length - this.#sent >= MAX_METRICS;
  }

  /** Forgets metrics of records that the run has already, now and when they come; returns how many waited. */
  skipTo(record: number): number {
    const before = this.#sent;
    this.#first = record;
    while (this.#sent < this.#records.length && (this.#records[this.#sent] ?? 0) < record)
      this.#sent++;
    return this.#sent - before;
  }

  /**
   * What is to be sent next; undefined: nothing waits. The same until `done` is called.
   *
   * @param records Records that were received so far.
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
    // One of the tags is that of the position.
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

  /** The server has it. */
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
