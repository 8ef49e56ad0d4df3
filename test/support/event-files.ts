/** Reads TensorBoard's event files without TensorBoard, as far as tests need. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A field of a message: a number, or the bytes of a text or of a nested message. */
type Field = number | Buffer;

export interface EventValue {
  readonly tag: string;
  /** In single precision; undefined when the value is not a scalar. */
  readonly number: number | undefined;
  /** The texts of the tensor. */
  readonly texts: readonly string[];
  readonly plugin: string | undefined;
  readonly description: string | undefined;
}

export interface Event {
  readonly time: number;
  readonly step: number;
  readonly version: string | undefined;
  readonly isSessionStart: boolean;
  readonly values: readonly EventValue[];
}

/** The paths of all event files below a directory, sorted. */
export function eventFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('tfevents'))
    .map((name) => join(directory, name))
    .sort();
}

/** A digest of every event file below a directory, by its path there. */
export function contentOf(directory: string): Map<string, string> {
  return new Map(
    eventFiles(directory).map((path) => [
      path.slice(directory.length),
      createHash('sha256').update(readFileSync(path)).digest('hex'),
    ]),
  );
}

/** The events of a file. Checks the checksums. */
export function eventsOf(path: string): Event[] {
  const bytes = readFileSync(path);
  const events: Event[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = Number(bytes.readBigUInt64LE(at));
    assert.equal(bytes.readUInt32LE(at + 8), masked(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + length);
    assert.equal(data.length, length, `${path} ends in a torn frame`);
    assert.equal(bytes.readUInt32LE(at + 12 + length), masked(data));
    events.push(eventOf(data));
    at += length + 16;
  }
  return events;
}

/** A masked checksum, computed bit by bit: unlike the implementation, and obviously correct. */
function masked(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function eventOf(bytes: Buffer): Event {
  const event = fieldsOf(bytes);
  const summary = fieldsOf(message(event, 5));
  const session = fieldsOf(message(event, 7));
  return {
    time: number(event, 1) ?? 0,
    step: number(event, 2) ?? 0,
    version: text(event, 3),
    isSessionStart: number(session, 1) === 1,
    values: (summary.get(1) ?? []).map((value) => eventValueOf(value as Buffer)),
  };
}

function eventValueOf(bytes: Buffer): EventValue {
  const value = fieldsOf(bytes);
  const metadata = fieldsOf(message(value, 9));
  return {
    tag: text(value, 1) ?? '',
    number: number(value, 2),
    texts: (fieldsOf(message(value, 8)).get(8) ?? []).map(String),
    plugin: text(fieldsOf(message(metadata, 1)), 1),
    description: text(metadata, 3),
  };
}

/** The fields of a message by their numbers. */
function fieldsOf(bytes: Buffer): Map<number, Field[]> {
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
  };
  while (at < bytes.length) {
    const key = varint();
    let field: Field;
    if (key % 8 === 0) field = varint();
    else if (key % 8 === 1) {
      field = bytes.readDoubleLE(at);
      at += 8;
    } else if (key % 8 === 5) {
      field = bytes.readFloatLE(at);
      at += 4;
    } else {
      assert.equal(key % 8, 2);
      const length = varint();
      field = bytes.subarray(at, at + length);
      at += length;
    }
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), field]);
  }
  assert.equal(at, bytes.length);
  return fields;
}

function number(fields: Map<number, Field[]>, field: number): number | undefined {
  const value = fields.get(field)?.[0];
  return typeof value === 'number' ? value : undefined;
}

function text(fields: Map<number, Field[]>, field: number): string | undefined {
  return fields.get(field)?.[0]?.toString();
}

function message(fields: Map<number, Field[]>, field: number): Buffer {
  const value = fields.get(field)?.[0];
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}
