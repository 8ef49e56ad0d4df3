/** Names that MLflow accepts, in place of a log's names. */
import { createHash } from 'node:crypto';

/** Longest name of a metric, a parameter or a tag, in characters. */
const MAX_NAME = 250;
const DIGEST = 8;

/**
 * Gives each name a name that MLflow accepts: letters, digits, `_ - . : / ` and spaces, no empty or dotted part of a
 * path. Names that would become the same get different suffixes, always the same ones.
 */
export class CleanNames {
  readonly #given = new Map<string, string>();
  readonly #taken = new Map<string, string>();
  /** Names that were changed. */
  changed = 0;

  of(name: string): string {
    const known = this.#given.get(name);
    if (known !== undefined) return known;
    let clean = cleaned(name);
    const isTaken = this.#taken.has(clean) && this.#taken.get(clean) !== name;
    if (clean !== name) this.changed++;
    // A name that is cut may become the same as another one.
    if (isTaken || clean.length > MAX_NAME) clean = marked(clean, name);
    this.#given.set(name, clean);
    this.#taken.set(clean, name);
    return clean;
  }
}

function cleaned(name: string): string {
  const parts = name
    .replace(/[^\w\-.: /]/gu, '_')
    .split('/')
    .filter((part) => part !== '')
    .map((part) => (/^\.+$/.test(part) ? '_'.repeat(part.length) : part));
  return parts.join('/') || '_';
}

function marked(clean: string, name: string): string {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, DIGEST);
  return `${clean.slice(0, MAX_NAME - DIGEST - 1)}_${digest}`;
}
