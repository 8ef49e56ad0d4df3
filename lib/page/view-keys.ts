/** Writes parts of the view into the page's address and reads them from it. */

/** A part of the view: its initial value, and its texts in an address. */
export interface ViewKey<T> {
  readonly initial: T;
  /** Texts for the address, one parameter each; none where the value is the initial one. */
  write(value: T): readonly string[];
  /** The value of texts; undefined for invalid ones: an address may have been typed. */
  read(texts: readonly string[]): T | undefined;
}

/** One of some words; the first is the initial one. */
export function choice<const W extends string>(words: readonly [W, ...W[]]): ViewKey<W> {
  const [initial] = words;
  return {
    initial,
    write: (value) => (value === initial ? [] : [value]),
    read: ([text]) => words.find((word) => word === text),
  };
}

/** A number within bounds. */
export function amount(initial: number, least: number, most: number): ViewKey<number> {
  return {
    initial,
    write: (value) => (value === initial ? [] : [String(value)]),
    read: ([text]) => {
      const value = numberFrom(text);
      return value !== undefined && value >= least && value <= most ? value : undefined;
    },
  };
}

/** Something that is on or off; off at first. */
export const flag: ViewKey<boolean> = {
  initial: false,
  write: (value) => (value ? ['1'] : []),
  read: ([text]) =>
    text === '1' || text === 'true' ? true : text === '0' || text === 'false' ? false : undefined,
};

/** A text; empty at first. */
export const text: ViewKey<string> = {
  initial: '',
  write: (value) => (value === '' ? [] : [value]),
  read: ([found]) => found,
};

/** Names, in the order in which they were given; none at first. */
export const names: ViewKey<ReadonlySet<string>> = {
  initial: new Set(),
  write: (value) => [...value],
  read: (texts) => new Set(texts),
};

type Stretch = readonly [from: number, to: number];

/** A stretch of an axis; undefined at first. */
export const stretch: ViewKey<Stretch | undefined> = {
  initial: undefined,
  write: (value) => (value === undefined ? [] : [stretchText(value)]),
  read: ([found]) => stretchFrom(found),
};

/** A stretch for each of some names. */
export const stretches: ViewKey<ReadonlyMap<string, Stretch>> = {
  initial: new Map(),
  write: (value) => Array.from(value, ([name, range]) => `${stretchText(range)}~${name}`),
  read: (texts) => {
    const found = new Map<string, Stretch>();
    for (const one of texts) {
      const end = one.indexOf('~', one.indexOf('~') + 1);
      const range = stretchFrom(one.slice(0, end));
      if (end >= 0 && range !== undefined) found.set(one.slice(end + 1), range);
    }
    return found;
  },
};

function stretchText([from, to]: Stretch): string {
  return `${from}~${to}`;
}

function stretchFrom(written: string | undefined): Stretch | undefined {
  const [from, to, ...more] = written?.split('~').map(numberFrom) ?? [];
  const isStretch = from !== undefined && to !== undefined && from < to && more.length === 0;
  return isStretch ? [from, to] : undefined;
}

function numberFrom(written: string | undefined): number | undefined {
  const value = written?.trim() ? Number(written) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}
