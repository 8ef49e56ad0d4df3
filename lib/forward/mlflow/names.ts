/** Names that MLflow takes, for the names that a log has. */
import { createHash } from 'node:crypto';

/** Longest name of a metric, a parameter or a tag, in characters. */
const MAX_NAME = 250;
const DIGEST = 8;

/**
 * Gives each name one that MLflow takes: letters, digits, `_ - . : / ` and spaces, no empty or dotted part of a
 * path. Names that would become the same are told apart, always in the same way.
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
    // What is cut may be the same as the beginning of another name.
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
