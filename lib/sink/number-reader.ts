/**
 * Readers for the most frequent records of a run: numbers only, under the same keys again and again. Each reader is a
 * function whose code names the keys, so that reading a value is one load from the object. With the key in a variable,
 * reading is a search, and each double an allocation.
 */

import { HAS_PROTO, isPlain } from '../record/plain.js';

/**
 * Reads a step and data into `numbers`, the step first. Returns how many numbers the step has; undefined for a record
 * of another form, none of whose values was read; or, when a value is no number, all values, the step's first.
 */
export type NumberReader = (
  step: unknown,
  data: object,
  numbers: Float64Array,
) => number | undefined | readonly unknown[];

/** The readers of this thread, by step length and keys, and how many numbers they read together. */
const readers = new Map<string, NumberReader>();
let numbersRead = 0;

/** Limit on these numbers, each of which costs memory for its code. */
const MAX_NUMBERS_READ = 4096;

/**
 * The reader of records with so many numbers in the step, and these keys. Undefined where the program forbids code from
 * strings. All logs share a reader: of several functions with the same code the engine does not know what they refer
 * to, and calls `hasOwn` for each key.
 */
export function readerOf(stepLength: number, keys: readonly string[]): NumberReader | undefined {
  const name = JSON.stringify([stepLength, keys]);
  const known = readers.get(name);
  if (known !== undefined) return known;
  const reader = compileReader(stepLength, keys);
  if (reader === undefined) return undefined;
  numbersRead += stepLength + keys.length;
  if (numbersRead > MAX_NUMBERS_READ) {
    readers.clear();
    numbersRead = stepLength + keys.length;
  }
  readers.set(name, reader);
  return reader;
}

function compileReader(stepLength: number, keys: readonly string[]): NumberReader | undefined {
  const steps = Array.from({ length: stepLength }, (_, i) => `step${i}`);
  const values = keys.map((_, i) => `value${i}`);
  const all = [...steps, ...values];
  // The record's own code, such as getters, has run before the first number is stored. The prototype is checked here
  // before isPlain() is called: isPlain() meets every form of data, this code hardly ever two, so that the engine
  // optimises the check.
  const code = `
    return function read(step, data, numbers) {
      if (!isArray(step) || step.length !== ${stepLength} || 'toJSON' in step) return undefined;
      if (${HAS_PROTO ? 'data.__proto__ !== plain && ' : ''}!isPlain(data)) return undefined;
      let count = 0;
      for (const key in data) {
        if (key !== keys[count++] || !hasOwn.call(data, key)) return undefined;
      }
      if (count !== ${keys.length}) return undefined;
      ${each(steps, (name, i) => `const ${name} = step[${i}];`)}
      ${each(values, (name, i) => `const ${name} = data[${JSON.stringify(keys[i])}];`)}
      if (!(${all.map((name) => `typeof ${name} === 'number'`).join(' && ') || true})) {
        return [${all}];
      }
      ${each(all, (name, i) => `numbers[${i}] = ${name};`)}
      return ${stepLength};
    };`;
  try {
    return new Function('keys', 'isArray', 'isPlain', 'plain', 'hasOwn', code)(
      keys,
      Array.isArray,
      isPlain,
      Object.prototype,
      Object.prototype.hasOwnProperty,
    );
  } catch (error) {
    if (error instanceof EvalError) return undefined;
    throw error;
  }
}

function each(names: readonly string[], line: (name: string, index: number) => string): string {
  return names.map(line).join('\n      ');
}
