/**
 * A process that logs until something ends it. After log() has returned it writes the number of
 * records into a file of its own with a call of the system: a witness that shares nothing with the
 * logger, and that a kill cannot take back.
 */
import { openSync, writeSync } from 'node:fs';
import { JSONStreamBackend, Logger, Verbosity } from 'dllogger';
import { onlyFrom } from '../support/arguments.js';
import { metricsOf, WITNESS } from './record.js';

export interface Orders {
  readonly path: string;
  readonly writer: number;
  /** The witness's file. */
  readonly witness: string;
  /** Records to log between two entries of the witness, at most. */
  readonly burst: number;
  /** Milliseconds to rest between bursts, at most. */
  readonly rest: number;
  /** What this process does to itself after `ending.after` records. */
  readonly ending?: { readonly kind: 'abort' | 'heap' | 'segv' | 'memory'; readonly after: number };
}

/** Records, after which a writer slows down to a burst in so many milliseconds. */
const ENOUGH = 10_000;
const LONG = 50;

const text = process.argv[2] ?? '';
onlyFrom('npm run test:crash', text.startsWith('{'));
const orders = JSON.parse(text) as Orders;
const witness = openSync(orders.witness, 'w');
const entry = new Uint32Array(WITNESS.bytes / 4);
const pause = new Int32Array(new SharedArrayBuffer(4));
const hoard: unknown[] = [];

function testify(acknowledged: number, begun: number): void {
  entry[WITNESS.acknowledged] = acknowledged;
  entry[WITNESS.begun] = begun;
  writeSync(witness, entry, 0, WITNESS.bytes, 0);
}

/** Ends this process, at once or before long. */
function end(kind: NonNullable<Orders['ending']>['kind']): void {
  switch (kind) {
    case 'abort':
      process.abort();
      break;
    case 'segv':
      process.kill(process.pid, 'SIGSEGV');
      break;
    case 'heap':
      // Objects, which count against the heap of the engine.
      for (let i = 0; i < 20_000; i++) hoard.push({ index: i, text: `${i}` });
      break;
    case 'memory':
      hoard.push(Buffer.alloc(8 << 20, 1));
      break;
  }
}

const backend = new JSONStreamBackend(Verbosity.VERBOSE, orders.path, { append: true });
const logger = new Logger([backend]);
process.stdout.write('open\n');

for (let sequence = 0; ; ) {
  const size = 1 + Math.floor(Math.random() * orders.burst);
  testify(sequence, sequence + size);
  for (let i = 0; i < size; i++) {
    logger.log([orders.writer, sequence], metricsOf(orders.writer, sequence));
    sequence++;
  }
  testify(sequence, sequence);
  if (Math.random() < 0.05) logger.flush();
  if (orders.ending !== undefined && sequence >= orders.ending.after) end(orders.ending.kind);
  // One that is long in dying must not fill the disk.
  const rest = sequence < ENOUGH ? Math.random() * orders.rest : LONG;
  if (rest > 0 && (rest === LONG || Math.random() < 0.3)) Atomics.wait(pause, 0, 0, rest);
}
