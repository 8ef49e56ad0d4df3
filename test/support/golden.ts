/** Recorded output of the reference: CPython and the Python DLLogger, for given inputs. */
import { readFileSync } from 'node:fs';

export interface LogCase {
  readonly kind: 'log';
  readonly step: unknown;
  readonly data: Readonly<Record<string, unknown>>;
  readonly tail: string;
}

export interface MetadataCase {
  readonly kind: 'metadata';
  readonly metric: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tail: string;
}

export interface StdoutCase {
  readonly kind: 'stdout';
  readonly step: unknown;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly out?: string;
  readonly error?: string;
  readonly message?: string;
}

export type GoldenCase = LogCase | MetadataCase | StdoutCase;

const SPECIAL: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-0': -0,
};

/** Numbers that JSON cannot carry stand as `{"$n": name}` or `{"$big": digits}`. */
export function revive(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('$big' in value) return BigInt(String(value.$big));
  return '$n' in value ? SPECIAL[String(value.$n)] : value;
}

const text = readFileSync(new URL('../../../test/golden/reference.json', import.meta.url), 'utf8');
const cases = JSON.parse(text, revive) as readonly GoldenCase[];

/** All cases of one kind. */
export function golden<K extends GoldenCase['kind']>(kind: K): Extract<GoldenCase, { kind: K }>[] {
  return cases.filter((one): one is Extract<GoldenCase, { kind: K }> => one.kind === kind);
}
