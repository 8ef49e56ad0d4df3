/** Words about values, for error messages. */
import { types } from 'node:util';

/** A value's type in the words of an error message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return value.name ? `the function ${value.name}` : 'a function';
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (types.isProxy(value)) return 'a Proxy';
  if (types.isPromise(value)) return 'a Promise';
  if (Array.isArray(value)) return 'an array';
  const name = Object.prototype.toString.call(value).slice(8, -1);
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
}

/**
 * Checks the names of a backend's options: a misspelt name would be ignored in silence.
 *
 * @throws TypeError when `options` is not an object, or has a name that is not among `names`.
 */
export function checkOptions(options: unknown, names: readonly string[], what: string): void {
  const known = `the options of ${what} are an object with ${names.join(', ')}`;
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${known}; this is ${describe(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw new TypeError(`${known}; there is no option "${name}"`);
  }
}
