/**
 * A process that logs until something ends it. After log() has returned, the process writes the number of
 * records into a separate file by a system call. This file is the witness: it shares nothing with the
 * logger, and a kill cannot undo it.
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
  /** Largest number of records between two entries of the witness. */
  readonly burst: number;
  /** Longest pause between bursts, in milliseconds. */
  readonly rest: number;
  /** How this process ends itself after `ending.after` records. */
  readonly ending?: { readonly kind: 'abort' | 'heap' | 'segv' | 'memory'; readonly after: number };
}

/** Number of records after which a writer slows down to a burst every LONG milliseconds. */
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

/** Ends this process, at once or soon. */
function end(kind: NonNullable<Orders['ending']>['kind']): void {
  switch (kind) {
    case 'abort':
      process.abort();
      break;
    case 'segv':
      process.kill(process.pid, 'SIGSEGV');
      break;
    case 'heap':
      // Objects, because these count for the limit of the engine's heap.
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
  // A process that takes long to die must not fill the disk.
  const rest = sequence < ENOUGH ? Math.random() * orders.rest : LONG;
  if (rest > 0 && (rest === LONG || Math.random() < 0.3)) Atomics.wait(pause, 0, 0, rest);
}
