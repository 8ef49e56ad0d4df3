/** Python's text of values and steps, for formatters of the user's own. */
import { describe } from './base/describe.js';
import { DLLoggerError } from './base/errors.js';
import { ValuePath } from './base/value-path.js';
import { formatField } from './python/format.js';
import { PythonError } from './python/python-error.js';
import * as python from './python/repr.js';
import type { MetricValue, PlainStep } from './record/types.js';

/**
 * A value as Python's `str()` prints it: `1e-05`, `True`, `None`, `['a', 1]`; a string is itself. Arrays
 * are lists: `defaultStepFormat` prints a step, whose array is a tuple.
 *
 * @throws TypeError when the value cannot be logged.
 */
export function str(value: MetricValue): string {
  return python.str(value, new ValuePath('the value'));
}

/**
 * A value as Python's `repr()` prints it: as `str()`, but a string in quotes, with escapes.
 *
 * @throws TypeError when the value cannot be logged.
 */
export function repr(value: MetricValue): string {
  return python.repr(value, new ValuePath('the value'));
}

/**
 * A value as Python's `str.format` prints it.
 *
 *     format(2.5, ':>5.2f'); // ' 2.50'
 *
 * @param field the inside of a replacement field, as in the metadata of a metric: `':.3f'`, `'!r:>10'`.
 * @throws DLLoggerError with code `ERR_DLLOGGER_FORMAT` where Python raises an exception, for instance
 *   for a string under `':.2f'`.
 * @throws TypeError when the value cannot be logged, and for a field that is not a string.
 */
export function format(value: MetricValue, field: string): string {
  return formatted('the value', value, field, new ValuePath('the value'));
}

/** @internal As `format`; `what` and `place` name the value in errors. */
export function formatted(
  what: string,
  value: MetricValue,
  field: unknown,
  place: ValuePath,
): string {
  if (typeof field !== 'string') {
    throw new TypeError(`the format of ${what} is a string such as ':.3f', not ${describe(field)}`);
  }
  try {
    return formatField(field, value, place);
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    throw new DLLoggerError(
      'ERR_DLLOGGER_FORMAT',
      `${what} does not fit its format ${JSON.stringify(field)}: ` +
        error.message +
        // By far the likeliest mistake.
        (/[:!{]/.test(field) ? '' : `; did you mean ":${field.replace(/^%/, '')}"?`),
    );
  }
}

/**
 * A step format that names the components of a step, each name and value followed by a space, as the
 * clients of Python's DLLogger write it: `Epoch: 1 Iteration: 5 `. Components beyond the names are not
 * printed. A step that is text is printed as it is.
 *
 *     new StdOutBackend(0, { stepFormat: stepFormatter('Epoch', 'Iteration', 'Validation Iteration') });
 *
 * Python: the `format_step` function that clients define.
 *
 * @param names of the components, the outermost first.
 */
export function stepFormatter(...names: readonly string[]): (step: PlainStep) => string {
  return (step) => {
    if (typeof step === 'string') return step;
    const known = names.slice(0, step.length);
    return known.map((name, index) => `${name}: ${str(step[index])} `).join('');
  };
}
