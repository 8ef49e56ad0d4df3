/** Logs every recorded case of the reference: log.json, metadata.json, and lines on standard output. */
import { join } from 'node:path';
import {
  JSONStreamBackend,
  Logger,
  type Metadata,
  StdOutBackend,
  Timestamp,
  Verbosity,
} from 'dllogger';
import { golden } from '../../support/golden.js';

const directory = process.argv[2] ?? '.';

function open(name: string): Logger {
  return new Logger([new JSONStreamBackend(Verbosity.VERBOSE, join(directory, name))]);
}

const log = open('log.json');
for (const one of golden('log')) log.log(one.step as never, one.data as never);
log.close();

const metadata = open('metadata.json');
for (const one of golden('metadata')) metadata.metadata(one.metric, one.metadata as Metadata);
metadata.close();

const now = new Timestamp(0);
for (const one of golden('stdout')) {
  if (one.out === undefined) continue;
  const backend = new StdOutBackend(Verbosity.VERBOSE, { prefixFormat: () => '' });
  for (const [metric, known] of Object.entries(one.metadata)) {
    backend.metadata(now, 0, metric, known as Metadata);
  }
  backend.log(now, 0, one.step as never, one.data as never);
}
