/** A process that recovers a log as soon as it is told to, so that it can be killed in the middle. */
import { readSync } from 'node:fs';
import { JSONStreamBackend, Verbosity } from 'dllogger';

const path = process.argv[2] ?? '';
process.stdout.write('ready\n');
readSync(0, Buffer.alloc(1));
new JSONStreamBackend(Verbosity.VERBOSE, path, { append: true }).close();
process.stdout.write('done\n');
