/** Opens logs, logs values that the types would refuse, and checks the content of the file. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JSONStreamBackend, Logger, Verbosity } from 'dllogger';
import { readRecords, temporaryDirectory } from './run.js';

const directory = temporaryDirectory();
let files = 0;

/** The path of a log that does not exist yet. */
export function newPath(): string {
  return join(directory, `${files++}.json`);
}

export function openLog(path: string, append = false): JSONStreamBackend {
  return new JSONStreamBackend(Verbosity.VERBOSE, path, { append });
}

export function logOnce(backend: JSONStreamBackend, step: number): void {
  new Logger([backend]).log([step], {});
}

export function stepsOf(path: string): unknown[] {
  return readRecords(path).map((record) => record.step);
}

type ErrorType = abstract new (...args: never[]) => Error;

/** A logger to a new file, typed so that tests can log values that the public types refuse. */
export interface Untyped {
  log(step: unknown, data: unknown, verbosity?: number): void;
  metadata(metric: unknown, metadata: unknown): void;
}

export function withLog(action: (logger: Untyped) => void): string {
  const path = newPath();
  const backend = openLog(path);
  action(new Logger([backend]) as unknown as Untyped);
  backend.close();
  return path;
}

/** Logs the value between two good records, and checks that the file holds only these two. */
export function refused(
  step: unknown,
  data: unknown,
  message: RegExp,
  type: ErrorType = TypeError,
): void {
  const path = withLog((logger) => {
    logger.log([0], { before: 1 });
    for (let i = 0; i < 3; i++) {
      assert.throws(
        () => logger.log(step, data),
        (error: unknown) => {
          assert.ok(error instanceof type, String(error));
          assert.match(error.message, message);
          return true;
        },
      );
    }
    logger.log([1], { after: 1 });
  });
  assert.deepEqual(
    readRecords(path).map((record) => record.data),
    [{ before: 1 }, { after: 1 }],
  );
}

/** Logs data that must be stored, and checks that the file holds `expected`. */
export function stored(data: unknown, expected: string, step: unknown = []): void {
  const path = withLog((logger) => logger.log(step, data));
  const line = readFileSync(path, 'utf8');
  assert.equal(line.slice(line.indexOf('"data": ') + '"data": '.length), `${expected}}\n`);
}
