/** A process that recovers a log once it reads a byte of standard input, so that a test can kill the recovery. */
import { readSync } from 'node:fs';
import { JSONStreamBackend, recover, Verbosity } from 'dllogger';
import { onlyFrom } from '../support/arguments.js';

const path = process.argv[2] ?? '';
onlyFrom('npm run test:crash', path.startsWith('/'));
process.stdout.write('ready\n');
readSync(0, Buffer.alloc(1));
// Recovers by opening the log or by recover(), chosen at random.
if (Math.random() < 0.5) recover(path);
else new JSONStreamBackend(Verbosity.VERBOSE, path, { append: true }).close();
process.stdout.write('done\n');
