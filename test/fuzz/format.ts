/** Compares random formats of random values with the installed Python, for a number of seconds. */
import { execFileSync } from 'node:child_process';
import { ValuePath } from '#dist/base/value-path.js';
import { formatField } from '#dist/python/format.js';
import { PythonError } from '#dist/python/python-error.js';

const BATCH = 5000;
/** Reads pairs of a format's body and a value, one pair a line, and prints the result of str.format for each. */
const ORACLE = `
import json, sys
for line in sys.stdin:
    body, value = json.loads(line)
    try:
        result = ('{' + body + '}').format(value)
    except Exception as error:
        result = None
    print(json.dumps(result))
`;

type Value = number | string | boolean | null;

const random = (max: number): number => Math.floor(Math.random() * max);
const pick = <T>(list: readonly [T, ...T[]]): T => list[random(list.length)] ?? list[0];
const maybe = (text: string): string => (Math.random() < 0.4 ? text : '');

function bodyOf(): string {
  if (Math.random() < 0.1) {
    // Any characters that mean something.
    return Array.from({ length: random(8) }, () =>
      pick([...':!rsa<>=^+- #0,_.13efgdxbocn%z'] as [string]),
    ).join('');
  }
  const fill = maybe(
    pick(['*', ' ', '0', '\u00e9', '<', '\u{1f4c9}']) + pick(['<', '>', '=', '^']),
  );
  const sign = maybe(pick(['+', '-', ' ']));
  const precision = maybe(`.${pick([0, 1, 2, 3, 6, 17, 30])}`);
  const kind = maybe(pick([...'bcdeEfFgGnosxX%'] as [string, ...string[]]));
  const spec =
    fill +
    sign +
    maybe('#') +
    maybe('0') +
    maybe(String(random(30))) +
    maybe(pick([',', '_'])) +
    precision +
    kind;
  return `${maybe(pick(['!r', '!s', '!a']))}:${spec}`;
}

function anyValue(): Value {
  switch (random(7)) {
    case 0:
      return random(2 ** 31) - 2 ** 30;
    case 1:
      return pick(['', 'loss', '\u00e9t\u00e9', 'a\nb', '\u{1f4c9}']);
    case 2:
      return pick([true, false]);
    case 3:
      return pick([0, 1, -1, 0.5, 1e16, 1e-5, 123456789, 1e22, 0.1, 2.5, 1e300, 5e-324]);
    case 4:
      return Math.random() * 10 ** (random(40) - 20);
    case 5:
      return Math.round(Math.random() * 1e6) / 10 ** random(6);
    default:
      return -Math.random();
  }
}

/** The text; null for an error, whose class must be one that corresponds to Python's. */
function ours(body: string, value: Value): string | null {
  try {
    return formatField(body, value, new ValuePath('metric', 'loss'));
  } catch (error) {
    if (error instanceof PythonError) return null;
    throw error;
  }
}

/** JSON in which Python reads the same type that we see in a number. */
function toJson(body: string, value: Value): string {
  const isFloat = typeof value === 'number' && !Number.isSafeInteger(value);
  const text = isFloat && /^-?\d+$/.test(String(value)) ? `${value}.0` : JSON.stringify(value);
  return `[${JSON.stringify(body)}, ${text}]`;
}

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', ''], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

if (!hasPython()) {
  console.log('format: not compared, there is no python3');
  process.exit(0);
}
const end = performance.now() + 1000 * Number(process.argv[2] ?? 10);
let count = 0;
let refused = 0;
const differences: string[] = [];
do {
  const cases = Array.from({ length: BATCH }, () => [bodyOf(), anyValue()] as const);
  const input = cases.map(([body, value]) => toJson(body, value)).join('\n');
  const output = execFileSync('python3', ['-c', ORACLE], {
    input: `${input}\n`,
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
  });
  for (const [index, line] of output.trimEnd().split('\n').entries()) {
    const [body, value] = cases[index] ?? ['', null];
    const expected: unknown = JSON.parse(line);
    const found = ours(body, value);
    if (found === null) refused++;
    if (found === expected) continue;
    differences.push(
      `{${body}} of ${JSON.stringify(value)}: ${JSON.stringify(found)}, Python ${line}`,
    );
  }
  count += cases.length;
} while (performance.now() < end);
for (const difference of differences.slice(0, 20)) console.error(difference);
console.log(
  `format: ${count} random formats (${refused} of them refused), ${differences.length} unlike Python's`,
);
process.exitCode = differences.length === 0 ? 0 : 1;
