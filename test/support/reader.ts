/** Reads bytes as a log, and checks properties that hold for any content. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { type LogEntry, type Problem, readLog } from 'dllogger/reader';

export interface Content {
  readonly entries: LogEntry[];
  readonly problems: Problem[];
  /** The message of the error that ended the reading. */
  readonly error: string | undefined;
}

/** Reads bytes in chunks of a size. For a file that is not a log, `error` is set. */
export async function contentOf(bytes: Buffer | string, chunkSize = 2 ** 20): Promise<Content> {
  const buffer = Buffer.from(bytes as string);
  const chunks: Buffer[] = [];
  for (let at = 0; at < buffer.length; at += chunkSize) {
    chunks.push(buffer.subarray(at, at + chunkSize));
  }
  const entries: LogEntry[] = [];
  const problems: Problem[] = [];
  const reader = readLog(Readable.from(chunks), { onProblem: (problem) => problems.push(problem) });
  let error: string | undefined;
  try {
    for await (const entry of reader) entries.push(entry);
  } catch (reason) {
    assert.ok(reason instanceof Error);
    error = reason.message;
  }
  assert.equal(reader.problems.count, problems.length);
  return { entries, problems, error };
}

/** The text at the place of a record or problem. */
export function textAt(
  bytes: Buffer,
  { offset, length }: { offset: number; length: number },
): string {
  return bytes.toString('utf8', offset, offset + length);
}

/** Checks that nothing is dropped silently: except for line ends, each byte is in exactly one record or problem. */
export function assertAllIsReported(bytes: Buffer, { entries, problems }: Content): void {
  const places = [...entries, ...problems].sort((a, b) => a.offset - b.offset);
  let at = 0;
  let number = 1;
  const gap = (end: number) => {
    const text = bytes.toString('latin1', at, end);
    assert.match(text, /^(\n|\r\n|\r(?=$)|\xef\xbb\xbf)*$/, `at ${at}: ${JSON.stringify(text)}`);
  };
  for (const { offset, length, line } of places) {
    assert.ok(offset >= at, `offset ${offset} lies before ${at}`);
    gap(offset);
    number += newlinesIn(bytes.subarray(at, offset));
    assert.equal(line, number);
    number += newlinesIn(bytes.subarray(offset, offset + length));
    at = offset + length;
  }
  gap(bytes.length);
  for (const entry of entries) assertSame(entry, textAt(bytes, entry));
}

function newlinesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

/** Checks that a record equals the result of JSON.parse for its text. */
export function assertSame(entry: LogEntry, text: string): void {
  const json = JSON.parse(text.slice('DLLL '.length));
  assert.equal(entry.kind, json.type);
  assert.equal(entry.timestamp, Number(json.timestamp ?? Number.NaN));
  assert.equal(entry.elapsedtime, Number(json.elapsedtime ?? Number.NaN));
  assert.equal(entry.datetime, typeof json.datetime === 'string' ? json.datetime : '');
  if (entry.kind === 'LOG') {
    assert.deepEqual([entry.step, entry.data], [json.step, json.data]);
  } else {
    assert.deepEqual([entry.metric, entry.metadata], [json.metric, json.metadata]);
  }
}

/** A generator of random numbers from 0 to 1, which a seed determines. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export const moment = '"timestamp": "1570716916.143421", "datetime": "2019-10-10 14:15:16.143421"';

/** A line of a log. */
export function line(step: string, data: string, time = `${moment}, "elapsedtime": "0.5"`): string {
  return `DLLL {${time}, "type": "LOG", "step": ${step}, "data": ${data}}\n`;
}
