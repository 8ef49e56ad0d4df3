/** The time fields of a line: Python's relations between them, in any zone. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { JSONStreamBackend, Logger, Timestamp, Verbosity } from 'dllogger';
import { isLong } from '../support/long.js';
import { ROOT, readRecords, runScript, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();

interface Moment {
  readonly zone: string;
  readonly microseconds: number;
  readonly timestamp: string;
  readonly datetime: string;
}

/** From Python's datetime and zoneinfo: moments around changes of offset, and random moments. */
const moments = JSON.parse(
  readFileSync(join(ROOT, 'test/golden/datetime.json'), 'utf8'),
) as readonly Moment[];

/** Sets each zone, unless the process began with it, and logs its moments. */
const WRITE_MOMENTS = `
  import { JSONStreamBackend, Timestamp } from 'dllogger';
  const [, zones, ...paths] = process.argv;
  for (const [index, [zone, moments]] of JSON.parse(zones).entries()) {
    if (process.env.TZ !== zone) process.env.TZ = zone;
    const backend = new JSONStreamBackend(0, paths[index]);
    for (const moment of moments) {
      const timestamp = new Timestamp(moment);
      backend.log(timestamp, 0, [], { text: String(timestamp) });
    }
    backend.metadata(new Timestamp(moments[0]), 0, 'loss', {});
    backend.close();
  }
`;

const ZONES = [...new Set(moments.map((moment) => moment.zone))];

/** Each zone is that of a process in the long run; in the short one a process sets one after another. */
for (const zones of isLong ? ZONES.map((zone) => [zone]) : [ZONES]) {
  test(`time fields in ${zones.join(', ')} are those of Python, across changes of offset`, async () => {
    const wanted = zones.map((zone) => moments.filter((moment) => moment.zone === zone));
    const paths = zones.map((zone) => join(directory, `${zone.replace('/', '-')}.json`));
    const given = wanted.map((all, index) => [
      zones[index],
      all.map((moment) => moment.microseconds),
    ]);
    // Without a zone database for C, as in a slim image: the zone is JavaScript's.
    const result = await runScript(WRITE_MOMENTS, {
      args: [JSON.stringify(given), ...paths],
      env: { TZ: zones[0] ?? '', TZDIR: '/nonexistent' },
    });
    assert.equal(result.stderr, '');
    for (const [index, path] of paths.entries()) checkMoments(path, wanted[index] ?? []);
  });
}

function checkMoments(path: string, wanted: readonly Moment[]): void {
  const records = readRecords(path);
  const last = records.pop();
  assert.deepEqual(
    records.map((record) => [record.timestamp, record.datetime]),
    wanted.map((moment) => [moment.timestamp, moment.datetime]),
  );
  assert.deepEqual(
    records.map((record) => record.data.text),
    wanted.map((moment) => moment.datetime.slice(0, -'+00:00'.length)),
  );
  assert.deepEqual([last?.timestamp, last?.datetime], [wanted[0]?.timestamp, wanted[0]?.datetime]);
}

test('a zone that the program sets while it runs holds from the next second on', async () => {
  const path = join(directory, 'set-zone.json');
  const script = `
    import { JSONStreamBackend, Timestamp } from 'dllogger';
    const backend = new JSONStreamBackend(0, process.argv[1]);
    backend.log(new Timestamp(1700000000e6), 0, [], {});
    process.env.TZ = 'Asia/Tokyo';
    backend.log(new Timestamp(1700000001e6), 0, [], {});
  `;
  await runScript(script, { args: [path], env: { TZ: 'UTC' } });
  assert.deepEqual(
    readRecords(path).map((record) => record.datetime),
    ['2023-11-14 22:13:20+00:00', '2023-11-15 07:13:21+09:00'],
  );
});

test('records are stamped with the wall clock, to the microsecond', () => {
  const path = join(directory, 'now.json');
  const logger = new Logger([new JSONStreamBackend(Verbosity.VERBOSE, path)]);
  const before = Date.now();
  for (let i = 0; i < 2000; i++) logger.log([i], {});
  logger.close();
  const after = Date.now() + 1;
  const stamps = readRecords(path).map((record) => Math.round(Number(record.timestamp) * 1e6));
  for (const stamp of stamps) assert.ok(stamp >= before * 1000 && stamp <= after * 1000);
  const withinMillisecond = new Set(stamps.map((stamp) => stamp % 1000));
  assert.ok(withinMillisecond.size > 100, 'the microseconds are real');
});

test('elapsed time starts near 0 for each logger and never runs backwards', () => {
  const path = join(directory, 'elapsed.json');
  const backend = new JSONStreamBackend(Verbosity.VERBOSE, path);
  const logger = new Logger([backend]);
  for (let i = 0; i < 2000; i++) logger.log([i], {});
  logger.close();
  const elapsed = readRecords(path).map((record) => Number(record.elapsedtime));
  assert.ok((elapsed[0] ?? 60) < 60);
  for (let i = 1; i < elapsed.length; i++) assert.ok((elapsed[i] ?? 0) >= (elapsed[i - 1] ?? 0));
});

test('elapsed seconds are the repr of a float', () => {
  const path = join(directory, 'elapsed-repr.json');
  const backend = new JSONStreamBackend(Verbosity.VERBOSE, path);
  const cases: [number, string][] = [
    [0, '0.0'],
    [1e-6, '1e-06'],
    [99e-6, '9.9e-05'],
    [100e-6, '0.0001'],
    [0.5, '0.5'],
    [1, '1.0'],
    [123456.789012, '123456.789012'],
    [-1e-6, '-1e-06'],
    [-4e-7, '0.0'],
    [-0, '0.0'],
  ];
  for (const [elapsed] of cases) backend.log(new Timestamp(0), elapsed, [], {});
  backend.close();
  assert.deepEqual(
    readRecords(path).map((record) => record.elapsedtime),
    cases.map(([, text]) => text),
  );
});

test('timestamps are the repr of a float where doubles lie further apart than microseconds', () => {
  const path = join(directory, 'far-future.json');
  const backend = new JSONStreamBackend(Verbosity.VERBOSE, path);
  // From 2^33 seconds on, in the year 2242. Python: repr(microseconds / 1e6).
  const cases: [number, string][] = [
    [8589934591999999, '8589934591.999999'],
    [8589934592000000, '8589934592.0'],
    [8589934592000003, '8589934592.000004'],
    [8589934592000009, '8589934592.00001'],
    [9007199254740991, '9007199254.740992'],
  ];
  for (const [microseconds] of cases) backend.log(new Timestamp(microseconds), 0, [], {});
  backend.close();
  assert.deepEqual(
    readRecords(path).map((record) => record.timestamp),
    cases.map(([, text]) => text),
  );
});

test('a Timestamp is a Date that knows its microseconds', () => {
  const timestamp = new Timestamp(1795391251672064);
  assert.equal(timestamp.getTime(), 1795391251672);
  assert.equal(timestamp.microsecond, 672064);
  assert.equal(timestamp.epochMicroseconds, 1795391251672064);
  assert.equal(JSON.stringify(timestamp), '"2026-11-22T23:47:31.672Z"');
  assert.match(`${timestamp}`, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.672064$/);
  assert.match(`${new Timestamp(1795391251000000)}`, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  assert.equal(new Timestamp(-1).microsecond, 999999);
});
