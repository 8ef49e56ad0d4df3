/** Compressed logs, known by their first bytes. */
import zlib from 'node:zlib';
import { DLLoggerError } from '../base/errors.js';
import { compressionOf, MAGIC_LENGTH } from '../sink/log-kind.js';
import { leadingNuls } from './line-scanner.js';
import type { Restart } from './source.js';

/** Bytes of compressed data decompressed at a time: few, so that the output stays small. */
const PART = 2 ** 14;

/** What is wrong with a compressed source: it is damaged, ends too early, or something follows its end. */
interface Damage {
  readonly message: string;
}

/**
 * The content of `chunks`, decompressed when they are gzip or zstd. `onDamage` is called when they end early, or hold
 * more than NUL bytes behind the compressed data.
 */
export async function* decompressed(
  path: string,
  chunks: AsyncIterable<Buffer | Restart>,
  follow: boolean,
  onDamage: (damage: Damage) => void,
): AsyncGenerator<Buffer | Restart> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    // A pipe may give a byte at a time.
    let head = Buffer.alloc(0);
    while (head.length < MAGIC_LENGTH) {
      const { value, done } = await iterator.next();
      if (done === true || typeof value === 'string') {
        if (head.length > 0) yield head;
        if (done === true) return;
        head = Buffer.alloc(0);
        yield value;
      } else if (head.length === 0 && value.length >= MAGIC_LENGTH) {
        head = value as Buffer<ArrayBuffer>;
      } else {
        head = Buffer.concat([head, value]);
      }
    }
    const decoder = decoderFor(path, head);
    const rest = { [Symbol.asyncIterator]: () => iterator };
    if (decoder === undefined) {
      yield head;
      yield* rest;
    } else {
      if (follow) {
        const message = `"${path}" is compressed: such a log cannot be followed`;
        throw new DLLoggerError('ERR_DLLOGGER_COMPRESSED', message, { path });
      }
      yield* decode(decoder, head, rest, onDamage);
    }
  } finally {
    await iterator.return?.();
  }
}

type Decoder = zlib.Gunzip;

function decoderFor(path: string, head: Buffer): Decoder | undefined {
  const compression = compressionOf(head);
  if (compression === undefined) return undefined;
  if (compression === 'gzip') return zlib.createGunzip();
  // Node has zstd from 22.15 on.
  const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Decoder };
  if (createZstdDecompress !== undefined) return createZstdDecompress();
  throw new DLLoggerError(
    'ERR_DLLOGGER_COMPRESSED',
    `"${path}" is compressed with zstd, which Node ${process.versions.node} cannot read: use Node ` +
      `22.15 or newer, or zstd -dc "${path}" | dllogger ... -`,
    { path },
  );
}

async function* decode(
  decoder: Decoder,
  head: Buffer,
  rest: AsyncIterable<Buffer | Restart>,
  onDamage: (damage: Damage) => void,
): AsyncGenerator<Buffer> {
  let output: Buffer[] = [];
  let fault: Error | undefined;
  let isOver = false;
  /** Compressed bytes before the chunk. */
  let before = 0;
  let isFollowed = false;
  let goOn = (): void => {};
  const over = (error?: Error) => {
    fault = error;
    isOver = true;
    goOn();
  };
  // Not piped: with a pipe, an error would discard the data decompressed before it.
  decoder.on('data', (data: Buffer) => output.push(data));
  decoder.on('end', over);
  decoder.on('error', over);
  /**
   * Resolves when an action calls back, or the decoder has ended, which then calls nothing back. Not by
   * `Promise.race()` with one promise of the end: that promise would hold memory for each part.
   */
  const done = (action: (callback: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      goOn = resolve;
      if (isOver) resolve();
      else action(resolve);
    });
  for await (const chunk of concat(head, rest)) {
    for (let at = 0; at < chunk.length && !isOver; at += PART) {
      // Copied: the chunk's memory is used again.
      const part = Buffer.from(chunk.subarray(at, at + PART));
      await done((written) => decoder.write(part, written));
      yield* output;
      output = [];
    }
    if (fault !== undefined) break;
    if (isOver) {
      // Zeros may follow, as a power cut or a tape leaves them. Anything else is not decompressed.
      const behind = chunk.subarray(Math.max(decoder.bytesWritten - before, 0));
      isFollowed = leadingNuls(behind) < behind.length;
      if (isFollowed) break;
    }
    before += chunk.length;
  }
  await done(() => decoder.end());
  yield* output;
  decoder.destroy();
  if (fault !== undefined) {
    onDamage({ message: `the compressed data ends early or is damaged (${fault.message})` });
  } else if (isFollowed) {
    onDamage({ message: 'the compressed data is followed by bytes that are not read' });
  }
}

async function* concat(
  head: Buffer,
  rest: AsyncIterable<Buffer | Restart>,
): AsyncGenerator<Buffer> {
  yield head;
  for await (const chunk of rest) if (typeof chunk !== 'string') yield chunk;
}
