// Reports a process of tests as Node's spec reporter does. The last line holds how many tests passed, failed and were
// skipped, as JSON, in place of Node's list.
import { Readable } from 'node:stream';
import { spec } from 'node:test/reporters';

/** Node's own list of numbers at the end of a report. */
const NUMBERS = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

export default async function* report(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  async function* counted() {
    for await (const { type, data } of events) {
      if (type === 'test:diagnostic' && NUMBERS.test(data.message)) continue;
      if (type === 'test:fail') counts.failed++;
      // Groups are not counted, only the tests in them, unless the whole group was skipped.
      else if (type === 'test:pass' && data.skip !== undefined) counts.skipped++;
      else if (type === 'test:pass' && data.details?.type !== 'suite') counts.passed++;
      yield { type, data };
    }
  }
  yield* Readable.from(counted()).compose(new spec());
  yield `\n${JSON.stringify(counts)}\n`;
}
