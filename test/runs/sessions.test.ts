/** A log with several sessions: a later one replaces the steps of earlier ones from its first step on. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject, JsonValue } from 'dllogger/reader';
import fc from 'fast-check';
import { RunFinder } from '#dist/reader/run-finder.js';
import { LogCurves } from '#dist/runs/log-curves.js';
import { PLAIN } from '#dist/runs/query.js';
import type { RunCurves } from '#dist/runs/run-curves.js';
import { times } from '../support/long.js';

const BEGIN = 1_790_000_000;

type Line = readonly [step: JsonValue, data: JsonObject];

/** A session: records of a logger that was created at `start`, a second apart. */
interface Session {
  readonly start: number;
  readonly lines: readonly Line[];
  /** Elapsed time of its first record. */
  readonly first?: number;
}

/** Reads sessions in file order, again where that is needed. */
function read(sessions: readonly Session[], finder = new RunFinder()): LogCurves {
  let table = new LogCurves(finder);
  for (let readings = 1; ; readings++) {
    assert.ok(readings <= 3);
    for (const { start, lines, first = 0 } of sessions) {
      for (const [i, [step, data]] of lines.entries()) {
        const [timestamp, elapsedtime] = [BEGIN + start + first + i, first + i];
        const place = { datetime: '', line: 1, offset: 0, length: 0 };
        table.entry({ kind: 'LOG', timestamp, elapsedtime, ...place, step, data });
      }
    }
    if (table.isSettled) return table;
    table = table.again();
  }
}

function valuesOf(run: RunCurves | undefined, metric = 'loss'): number[][] {
  const curve = run?.curve(metric, 'step', PLAIN);
  const extent = curve?.extent();
  if (curve === undefined || extent === undefined) return [];
  const { x, y } = curve.sample(...extent, curve.length);
  return Array.from(x, (place, i) => [place, y[i] ?? Number.NaN]);
}

const epochs = (from: number, to: number, loss: number): Line[] =>
  Array.from({ length: to - from }, (_, e) => e + from).flatMap((epoch): Line[] => [
    ...[0, 1, 2].map((i): Line => [[epoch, i], { loss }]),
    [[epoch], { acc: loss }],
  ]);

describe('a run that was resumed', () => {
  test('has each step once, that of the later session', () => {
    const { runs } = read([
      { start: 0, lines: [['PARAMETER', { lr: 1 }], ...epochs(0, 3, 1), [[], { acc: 9 }]] },
      { start: 1000, lines: [['PARAMETER', { resumed: true }], ...epochs(1, 4, 2)] },
    ]);
    assert.equal(runs.length, 1);
    assert.deepEqual(
      valuesOf(runs[0]),
      Array.from({ length: 12 }, (_, i) => [i, i < 3 ? 1 : 2]),
    );
    assert.deepEqual(
      valuesOf(runs[0], 'acc').map(([, y]) => y),
      [1, 2, 2, 2],
    );
    assert.deepEqual(
      [...(runs[0]?.parameters ?? [])],
      [
        ['lr', 1],
        ['resumed', true],
      ],
    );
    assert.equal(runs[0]?.summary.size, 0);
  });

  test('continues its elapsed time where the steps that hold ended', () => {
    const { runs } = read([
      { start: 0, lines: epochs(0, 3, 1) },
      { start: 1000, lines: epochs(1, 2, 2) },
    ]);
    const curve = runs[0]?.curve('loss', 'elapsed', PLAIN);
    const { x = [] } = curve?.sample(0, 1e9, 100) ?? {};
    assert.deepEqual([...x], [0, 1, 2, 3, 4, 5]);
  });

  test('in the middle of an epoch keeps what the epoch had before', () => {
    const { runs } = read([
      { start: 0, lines: epochs(0, 2, 1) },
      {
        start: 1000,
        lines: [
          [[1, 2], { loss: 2 }],
          [[1], { acc: 2 }],
        ],
      },
    ]);
    assert.deepEqual(
      valuesOf(runs[0]).map(([, y]) => y),
      [1, 1, 1, 1, 1, 2],
    );
    assert.deepEqual(
      valuesOf(runs[0], 'acc').map(([, y]) => y),
      [1, 2],
    );
  });

  test('three times keeps of each session what no later one replaced', () => {
    const { runs } = read([
      { start: 0, lines: epochs(0, 5, 1) },
      { start: 1000, lines: epochs(4, 8, 2) },
      { start: 2000, lines: epochs(2, 3, 3) },
    ]);
    assert.deepEqual(
      valuesOf(runs[0], 'acc').map(([, y]) => y),
      [1, 1, 3],
    );
  });

  test('has text steps at the position that their session had reached', () => {
    const { runs } = read([
      {
        start: 0,
        lines: [
          ['start', { note: 1 }],
          ...epochs(0, 1, 1),
          ['a', { note: 2 }],
          ...epochs(1, 2, 1),
          ['b', { note: 3 }],
        ],
      },
      { start: 1000, lines: epochs(1, 2, 2) },
    ]);
    assert.deepEqual(
      valuesOf(runs[0], 'note').map(([, y]) => y),
      [1, 2],
    );
  });

  test('from its first step hides the earlier session whole, parameters too', () => {
    const { runs } = read([
      { start: 0, lines: [['PARAMETER', { lr: 1, dropout: 0.5 }], ...epochs(0, 3, 1)] },
      { start: 1000, lines: [['PARAMETER', { lr: 2 }], ...epochs(0, 1, 2)] },
    ]);
    assert.equal(runs.length, 1);
    assert.deepEqual([...(runs[0]?.parameters ?? [])], [['lr', 2]]);
    assert.deepEqual(valuesOf(runs[0]), [
      [0, 2],
      [1, 2],
      [2, 2],
    ]);
  });

  test('is several runs where all sessions are shown', () => {
    const sessions = [
      { start: 0, lines: epochs(0, 3, 1) },
      { start: 1000, lines: epochs(1, 4, 2) },
      { start: 2000, lines: epochs(4, 5, 3) },
    ];
    const { runs } = read(sessions, new RunFinder(true));
    // The third session replaces nothing: it continues the second.
    assert.deepEqual(
      runs.map((run) => valuesOf(run, 'acc').map(([, y]) => y)),
      [
        [1, 1, 1],
        [2, 2, 2, 3],
      ],
    );
  });
});

describe('processes that write at the same time', () => {
  const beside = (first: Session, second: Session, parts: number): Session[] =>
    Array.from({ length: parts }, (_, part) =>
      [first, second].map(({ start, lines }) => {
        const size = Math.ceil(lines.length / parts);
        return { start, first: part * size, lines: lines.slice(part * size, (part + 1) * size) };
      }),
    ).flat();

  for (const parts of [1, 2, 12]) {
    test(`are runs of their own, and replace nothing, in ${parts} parts`, () => {
      const one = { start: 0, lines: epochs(0, 3, 1) };
      const other = { start: 5, lines: epochs(0, 3, 2) };
      for (const [a, b] of [
        [one, other],
        [other, one],
      ] as const) {
        const { runs } = read(beside(a, b, parts));
        assert.deepEqual(runs.map((run) => [...new Set(valuesOf(run).map(([, y]) => y))]).sort(), [
          [1],
          [2],
        ]);
        assert.deepEqual(
          runs.map((run) => valuesOf(run).length),
          [9, 9],
        );
      }
    });
  }

  test('a session after both resumes the process that wrote last', () => {
    const { runs } = read([
      { start: 0, lines: epochs(0, 2, 1) },
      { start: 3, lines: epochs(0, 3, 2) },
      { start: 1000, lines: epochs(2, 4, 3) },
    ]);
    assert.deepEqual(
      runs.map((run) => valuesOf(run, 'acc').map(([, y]) => y)),
      [
        [1, 1],
        [2, 2, 3, 3],
      ],
    );
  });

  test('are one table where each wrote one record without a step', () => {
    const sessions = Array.from({ length: 200 }, (_, i) => ({
      start: 100 * i,
      lines: [[{}, { throughput: i }]] as Line[],
    }));
    const { runs } = read(sessions);
    assert.deepEqual([runs.length, valuesOf(runs[0], 'throughput').length], [1, 200]);
  });
});

test('whatever the sessions, the runs hold the records that the rule chooses', () => {
  const session = fc.record({
    pause: fc.integer({ min: 2, max: 50 }),
    first: fc.integer({ min: 0, max: 6 }),
    length: fc.integer({ min: 1, max: 8 }),
  });
  fc.assert(
    fc.property(fc.array(session, { minLength: 1, maxLength: 6 }), (sessions) => {
      let start = 0;
      const written = sessions.map(({ pause, first, length }, i) => {
        start += 20 + pause;
        return { start, lines: epochs(first, first + length, i).slice(0, 16) };
      });
      const expected = new Map<string, number>();
      for (const [i, { lines }] of written.entries()) {
        const [from] = lines;
        const at = from === undefined ? 0 : Number((from[0] as number[])[0]);
        for (const key of [...expected.keys()]) {
          if (Number(JSON.parse(key)[0]) >= at) expected.delete(key);
        }
        for (const [step, { loss }] of lines) {
          if (loss !== undefined) expected.set(JSON.stringify(step), i);
        }
      }
      const { runs } = read(written);
      assert.equal(runs.length, 1);
      const sorted = [...expected].sort(([a], [b]) => {
        const [x, y] = [JSON.parse(a), JSON.parse(b)];
        return x[0] - y[0] || x[1] - y[1];
      });
      assert.deepEqual(
        valuesOf(runs[0]).map(([, y]) => y),
        sorted.map(([, i]) => i),
      );
    }),
    { numRuns: times(100, 300) },
  );
});
