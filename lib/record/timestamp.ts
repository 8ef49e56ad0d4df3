/**
 * The moment of a record: a `Date` that also knows its microseconds.
 *
 * Python counterpart: the `datetime` that backends get.
 */
export class Timestamp extends Date {
  readonly #beyondMillisecond: number;

  /** @param epochMicroseconds microseconds since 1970-01-01 UTC, an integer. */
  constructor(epochMicroseconds: number) {
    const milliseconds = Math.floor(epochMicroseconds / 1000);
    super(milliseconds);
    this.#beyondMillisecond = epochMicroseconds - milliseconds * 1000;
  }

  /** Microseconds since 1970-01-01 UTC, an integer. */
  get epochMicroseconds(): number {
    return this.getTime() * 1000 + this.#beyondMillisecond;
  }

  /** Microseconds within the second, 0 to 999999. Python: `datetime.microsecond`. */
  get microsecond(): number {
    return this.getUTCMilliseconds() * 1000 + this.#beyondMillisecond;
  }

  /**
   * Local time as Python's `str(datetime)`: `2026-11-22 23:47:31.672064`, without a fraction when
   * the microseconds are 0.
   */
  override toString(): string {
    const date = `${pad(this.getFullYear(), 4)}-${pad(this.getMonth() + 1)}-${pad(this.getDate())}`;
    const time = `${pad(this.getHours())}:${pad(this.getMinutes())}:${pad(this.getSeconds())}`;
    const fraction = this.microsecond === 0 ? '' : `.${pad(this.microsecond, 6)}`;
    return `${date} ${time}${fraction}`;
  }
}

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, '0');
}

/** How many seconds local time is ahead of UTC at a moment, by JavaScript's zone database. */
export function utcOffsetSeconds(date: Date): number {
  // getTimezoneOffset() rounds to minutes; some historical offsets have seconds.
  const local = new Date(0);
  local.setUTCFullYear(date.getFullYear(), date.getMonth(), date.getDate());
  local.setUTCHours(date.getHours(), date.getMinutes(), date.getSeconds());
  return local.getTime() / 1000 - Math.floor(date.getTime() / 1000);
}
