/** Python's `str.format` for one replacement field and one argument. */
import { numberEscape, replaceEach } from '../base/escape.js';
import { isTypedArray } from '../base/typed-array.js';
import type { ValuePath } from '../base/value-path.js';
import { Float } from '../record/float.js';
import { isPythonInt } from '../record/number.js';
import { resolve } from '../record/value.js';
import { readInteger } from './format-spec.js';
import { formatFloat, formatInt, formatStr } from './format-value.js';
import { PythonError, valueError } from './python-error.js';
import { repr, str, stringRepr } from './repr.js';

/** How deep replacement fields nest: one inside the spec of another. */
const MAX_NESTING = 2;

/** State that the replacement fields of one call share. */
interface Arguments {
  readonly value: unknown;
  readonly place: ValuePath;
  numbering: 'undecided' | 'automatic' | 'manual';
  /** The index of the next field without a name. */
  next: number;
}

interface Field {
  readonly name: string;
  /** The code point after `!`; '' when there is no `!`. */
  readonly conversion: string;
  readonly spec: string;
  /** Where the text after the field begins. */
  readonly end: number;
}

/**
 * Python's `('{' + body + '}').format(value)`.
 *
 * @param body the inside of a replacement field: `:.3f`, `0:>10`, `!r`.
 * @param value anything that can be logged.
 * @param place where the value stands, for the TypeError when it cannot be logged.
 * @throws PythonError where Python raises an exception.
 */
export function formatField(body: string, value: unknown, place: ValuePath): string {
  return expand(`{${body}}`, { value, place, numbering: 'undecided', next: 0 }, MAX_NESTING);
}

function expand(template: string, args: Arguments, depth: number): string {
  if (depth === 0) throw valueError('Max string recursion exceeded');
  let text = '';
  let at = 0;
  while (at < template.length) {
    const brace = findAny('{}', template, at);
    text += template.slice(at, brace);
    if (brace === template.length) break;
    const char = template[brace];
    at = brace + 1;
    if (template[at] === char) {
      text += char;
      at += 1;
    } else if (char === '{' && at < template.length) {
      const field = parseField(template, at);
      text += renderField(field, args, depth);
      at = field.end;
    } else {
      throw valueError(`Single '${char}' encountered in format string`);
    }
  }
  return text;
}

/** The first of `chars` in `text` from `start`, or the end of the text. */
function findAny(chars: string, text: string, start: number): number {
  let at = start;
  while (at < text.length && !chars.includes(text.charAt(at))) at += 1;
  return at;
}

function parseField(template: string, start: number): Field {
  const nameEnd = findNameEnd(template, start);
  const name = template.slice(start, nameEnd);
  switch (template[nameEnd]) {
    case '}':
      return { name, conversion: '', spec: '', end: nameEnd + 1 };
    case ':':
      return { name, conversion: '', ...parseSpecText(template, nameEnd + 1) };
    case '!':
      return { name, ...parseConversion(template, nameEnd + 1) };
    case '{':
      throw valueError("unexpected '{' in field name");
    default:
      throw valueError("expected '}' before end of string");
  }
}

/** Inside brackets, everything up to the first `]` belongs to the name. */
function findNameEnd(template: string, start: number): number {
  let at = findAny('{}[:!', template, start);
  while (template[at] === '[') {
    const close = template.indexOf(']', at);
    if (close === -1) return template.length;
    at = findAny('{}[:!', template, close);
  }
  return at;
}

function parseConversion(template: string, start: number): Omit<Field, 'name'> {
  const code = template.codePointAt(start);
  if (code === undefined) {
    throw valueError('end of string while looking for conversion specifier');
  }
  // Python takes "\0" for no conversion.
  const conversion = code === 0 ? '' : String.fromCodePoint(code);
  const after = start + (code > 0xffff ? 2 : 1);
  if (template[after] === '}') return { conversion, spec: '', end: after + 1 };
  if (after < template.length && template[after] !== ':') {
    throw valueError("expected ':' after conversion specifier");
  }
  return { conversion, ...parseSpecText(template, after + 1) };
}

/** The spec ends at the brace that closes the field. Doubled braces have no meaning in a spec. */
function parseSpecText(template: string, start: number): Pick<Field, 'spec' | 'end'> {
  let open = 1;
  let at = start;
  for (; at < template.length; at += 1) {
    if (template[at] === '{') open += 1;
    if (template[at] === '}') open -= 1;
    if (open === 0) return { spec: template.slice(start, at), end: at + 1 };
  }
  throw valueError("unmatched '{' in format spec");
}

function renderField(field: Field, args: Arguments, depth: number): string {
  const { value, place } = args;
  checkName(field.name, args);
  const converted = field.conversion === '' ? value : convert(field.conversion, value, place);
  const spec = field.spec.includes('{') ? expand(field.spec, args, depth - 1) : field.spec;
  return format(converted, spec, place);
}

/** Refuses every field but the first argument itself. */
function checkName(name: string, args: Arguments): void {
  const firstEnd = findAny('.[', name, 0);
  const first = name.slice(0, firstEnd);
  const index = argumentIndex(first, args);
  if (index === undefined) throw new PythonError('KeyError', stringRepr(first));
  if (index !== '0') {
    const message = `Replacement index ${index} out of range for positional args tuple`;
    throw new PythonError('IndexError', message);
  }
  if (firstEnd < name.length) refuseLookup(name, firstEnd);
}

/** The digits of the argument's index; undefined for a keyword. */
function argumentIndex(first: string, args: Arguments): string | undefined {
  const points = Array.from(first);
  const { digits, end } = readInteger(points, 0);
  if (end < points.length) return undefined;
  const numbering = first === '' ? 'automatic' : 'manual';
  if (args.numbering === 'undecided') args.numbering = numbering;
  if (args.numbering !== numbering) {
    const [from, to] =
      numbering === 'manual'
        ? ['automatic field numbering', 'manual field specification']
        : ['manual field specification', 'automatic field numbering'];
    throw valueError(`cannot switch from ${from} to ${to}`);
  }
  if (first !== '') return digits;
  args.next += 1;
  return String(args.next - 1);
}

/** Refuses attribute and index lookups, which need Python's objects. */
function refuseLookup(name: string, start: number): never {
  const isItem = name[start] === '[';
  const end = findAny(isItem ? ']' : '.[', name, start + 1);
  if (end === start + 1) throw valueError('Empty attribute in format string');
  const lookup = name.slice(start, isItem ? end + 1 : end);
  throw isItem
    ? new PythonError('TypeError', `item lookup '${lookup}' in a format is not supported`)
    : new PythonError(
        'AttributeError',
        `attribute lookup '${lookup}' in a format is not supported`,
      );
}

function convert(conversion: string, value: unknown, place: ValuePath): string {
  switch (conversion) {
    case 'r':
      return repr(value, place);
    case 's':
      return str(value, place);
    case 'a':
      return escapeNonAscii(repr(value, place));
  }
  const code = conversion.codePointAt(0) ?? 0;
  const shown = code > 32 && code < 127 ? conversion : `\\x${code.toString(16)}`;
  throw valueError(`Unknown conversion specifier ${shown}`);
}

function escapeNonAscii(text: string): string {
  return replaceEach(text, /[^\0-\x7f]/gu, numberEscape);
}

/** Python's `format(value, spec)`. */
function format(value: unknown, spec: string, place: ValuePath): string {
  if (spec === '') return str(value, place);
  const resolved = resolve(value, place);
  switch (typeof resolved) {
    case 'string':
      return formatStr(resolved, spec);
    case 'boolean':
      return formatInt(Number(resolved), spec, 'bool');
    case 'bigint':
      return formatInt(resolved, spec, 'int');
    case 'number':
      return isPythonInt(resolved) ? formatInt(resolved, spec, 'int') : formatFloat(resolved, spec);
  }
  if (resolved instanceof Float) return formatFloat(Float.numberOf(resolved), spec);
  const typeName = pythonTypeName(resolved);
  throw new PythonError('TypeError', `unsupported format string passed to ${typeName}.__format__`);
}

function pythonTypeName(value: object | null | undefined): string {
  if (value === null || value === undefined) return 'NoneType';
  return Array.isArray(value) || isTypedArray(value) ? 'list' : 'dict';
}
