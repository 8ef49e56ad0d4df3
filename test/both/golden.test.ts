/** The output for given inputs equals that of the reference, byte for byte. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  JSONStreamBackend,
  Logger,
  type Metadata,
  StdOutBackend,
  Timestamp,
  Verbosity,
} from 'dllogger';
import { golden } from '../support/golden.js';
import { SHARED } from '../support/long.js';
import { temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
const PREFIX = '"type": ';

function tails(path: string): string[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  assert.equal(lines.pop(), '', 'the file ends with a newline');
  return lines.map((line) => `${line.slice(line.indexOf(PREFIX))}\n`);
}

/** Loosely typed on purpose: the cases hold whatever JSON can hold. */
function untyped(logger: Logger): {
  log(step: unknown, data: object, verbosity?: number): void;
  metadata(metric: string, metadata: object): void;
} {
  return logger as never;
}

test('log lines are those of the reference', () => {
  const path = join(directory, 'log.json');
  const logger = new Logger([new JSONStreamBackend(Verbosity.VERBOSE, path)]);
  const cases = golden('log');
  for (const one of cases) untyped(logger).log(one.step, one.data);
  logger.close();
  assert.ok(cases.length >= 1000);
  assert.deepEqual(
    tails(path),
    cases.map((one) => one.tail),
  );
});

test('metadata lines are those of the reference', () => {
  const path = join(directory, 'metadata.json');
  const logger = new Logger([new JSONStreamBackend(Verbosity.VERBOSE, path)]);
  const cases = golden('metadata');
  for (const one of cases) untyped(logger).metadata(one.metric, one.metadata);
  logger.close();
  assert.ok(cases.length >= 150);
  assert.deepEqual(
    tails(path),
    cases.map((one) => one.tail),
  );
});

/** What a StdOutBackend with an empty prefix prints, and the warnings it gives. */
function printed(
  metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  step: unknown,
  data: object,
  options: { strict: boolean },
): string {
  const lines: string[] = [];
  const write = process.stdout.write;
  const prefixFormat = () => '';
  const backend = new StdOutBackend(Verbosity.VERBOSE, {
    prefixFormat,
    // Wraps the default formatter: errors of a user's formatter are thrown, those of the default formatter are not.
    ...(options.strict ? { metricFormat: (...args) => defaultFormat(...args) } : {}),
  });
  const defaultFormat = new StdOutBackend(Verbosity.VERBOSE).metricFormat;
  process.stdout.write = (text: string | Uint8Array) => lines.push(String(text)) > 0;
  try {
    const now = new Timestamp(0);
    for (const [metric, known] of Object.entries(metadata)) {
      backend.metadata(now, 0, metric, known as Metadata);
    }
    untypedBackend(backend).log(now, 0, step, data);
  } finally {
    process.stdout.write = write;
  }
  return lines.join('');
}

function untypedBackend(backend: StdOutBackend): {
  log(timestamp: Timestamp, elapsedtime: number, step: unknown, data: object): void;
} {
  return backend as never;
}

test('standard output is that of the reference, errors included', SHARED, (context) => {
  context.mock.method(process, 'emitWarning', () => {});
  const cases = golden('stdout');
  let errors = 0;
  for (const one of cases) {
    const print = (strict: boolean) => printed(one.metadata, one.step, one.data, { strict });
    if (one.out !== undefined) {
      assert.equal(print(true), one.out);
      assert.equal(print(false), one.out);
      continue;
    }
    errors++;
    assert.throws(
      () => print(true),
      (error: unknown) => error instanceof Error && error.message.includes(one.message ?? '?'),
      `${JSON.stringify(one)}`,
    );
    // The run continues, with the value as str() prints it.
    assert.match(print(false), /^.* : .*\n$/s);
  }
  assert.ok(cases.length - errors > 600 && errors > 300);
});
