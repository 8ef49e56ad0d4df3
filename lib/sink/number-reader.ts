/**
 * Readers for the records that a run has most: numbers only, and the same keys again and again. Each
 * is a function of its own, and its code names the keys: so reading a value is a load from where it
 * lies in the object. A key in a variable is a search, and its double an allocation.
 */

import { HAS_PROTO, isPlain } from '../record/plain.js';

/**
 * Reads a step and data into `numbers`, the step first. Returns how many numbers the step has; or
 * undefined, when this is a record of another form, of whose values nothing was read; or all values, those
 * of the step first, when something is not a number.
 */
export type NumberReader = (
  step: unknown,
  data: object,
  numbers: Float64Array,
) => number | undefined | readonly unknown[];

/**
 * The reader of records with so many numbers in the step, and these keys. Undefined where the program
 * forbids to make code from strings.
 */
export function compileReader(
  stepLength: number,
  keys: readonly string[],
): NumberReader | undefined {
  const steps = Array.from({ length: stepLength }, (_, i) => `step${i}`);
  const values = keys.map((_, i) => `value${i}`);
  const all = [...steps, ...values];
  // The record's own code, such as getters, has run before the first number is stored. The prototype is
  // looked at here before isPlain() does: that one meets every form of data, this code hardly ever two.
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
