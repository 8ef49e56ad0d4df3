/** A process that recovers a log as soon as it is told to, so that it can be killed in the middle. */
import { readSync } from 'node:fs';
import { JSONStreamBackend, recover, Verbosity } from 'dllogger';
import { onlyFrom } from '../support/arguments.js';

const path = process.argv[2] ?? '';
onlyFrom('npm run test:crash', path.startsWith('/'));
process.stdout.write('ready\n');
readSync(0, Buffer.alloc(1));
// The two ways to do it.
if (Math.random() < 0.5) recover(path);
else new JSONStreamBackend(Verbosity.VERBOSE, path, { append: true }).close();
process.stdout.write('done\n');
