/** Logs that are merged step by step give the same records as whole logs that are merged in memory. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ByteSink } from '#dist/base/byte-sink.js';
import { REDUCTIONS, type Reduction } from '#dist/merge/cells.js';
import { mergeLogs } from '#dist/merge/merge.js';
import { times } from '../support/long.js';
import { temporaryDirectory } from '../support/run.js';

const NAMES = ['loss', 'lr', 'norm', 'state'];
/** A text so long that a log has several chunks, each of few records: rows end at the ends of chunks. */
const LONG = 'x'.repeat(50_000);

/** A record: which names it has, whether in reverse, and whether its text is long. */
interface Recipe {
  readonly names: readonly number[];
  readonly isReversed: boolean;
  readonly isLong: boolean;
}

/** What a rank does at a step in place of what all do. */
interface Deviation {
  readonly kind: 'lacks' | 'repeats' | 'turns' | 'notes' | 'plain' | 'own';
  readonly records?: readonly Recipe[];
}

interface Arrangement {
  readonly steps: readonly (readonly Recipe[])[];
  /** Records of an epoch; each epoch ends with a record of its own. */
  readonly epoch: number;
  /** By rank: what it does differently, and after how many steps it ends. */
  readonly ranks: readonly {
    readonly deviations: ReadonlyMap<number, Deviation>;
    readonly end: number;
  }[];
  readonly reduction: Reduction;
}

const recipe = fc.record({
  names: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
  isReversed: fc.boolean(),
  isLong: fc.boolean(),
});
const usual: fc.Arbitrary<Recipe> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ names: [0, 1, 2], isReversed: false, isLong: false }) },
  { weight: 5, arbitrary: fc.constant({ names: [0, 1, 2, 3], isReversed: false, isLong: false }) },
  { weight: 1, arbitrary: fc.constant({ names: [0, 1, 2, 3], isReversed: false, isLong: true }) },
);
const records: fc.Arbitrary<readonly Recipe[]> = fc.oneof(
  { weight: 6, arbitrary: fc.array(usual, { minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: fc.array(recipe, { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.array(usual, { minLength: 7, maxLength: 25 }) },
);
const deviation: fc.Arbitrary<Deviation> = fc.oneof(
  { weight: 9, arbitrary: fc.record({ kind: fc.constantFrom('lacks', 'repeats', 'turns') }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('own'), records }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('notes', 'plain') }) },
);
const STEPS = 20;
const arrangement: fc.Arbitrary<Arrangement> = fc.record({
  steps: fc.array(records, { minLength: 1, maxLength: STEPS }),
  epoch: fc.constantFrom(1, 7, 100),
  ranks: fc.array(
    fc.record({
      deviations: fc
        .array(fc.tuple(fc.nat(STEPS), deviation), { maxLength: 6 })
        .map((all) => new Map(all)),
      end: fc.oneof(fc.constant(STEPS), fc.nat(STEPS)),
    }),
    { minLength: 2, maxLength: 4 },
  ),
  reduction: fc.constantFrom(...REDUCTIONS),
});

function textOf(rank: number, i: number, name: string, isLong: boolean): string {
  if (name === 'state') return isLong ? `"${LONG}${rank % 2}"` : `"${i}"`;
  return (rank + i) % 3 === 0 ? String(rank + i) : `${rank}.${i}`;
}

function* recordsOf({ steps, epoch, ranks }: Arrangement, rank: number): Generator<string> {
  const { deviations, end = 0 } = ranks[rank] ?? {};
  for (const [i, usual] of steps.slice(0, end).entries()) {
    const { kind, records = usual } = deviations?.get(i) ?? {};
    if (kind === 'lacks') continue;
    const step = kind === 'plain' ? String(i) : `[${Math.floor(i / epoch)}, ${i % epoch}]`;
    const all = kind === 'repeats' ? [...records, ...records] : [...records];
    if (kind === 'turns') all.reverse();
    for (const { names, isReversed, isLong } of all) {
      const data = names.map((at) => NAMES[at] as string);
      if (isReversed) data.reverse();
      const text = data.map((name) => `"${name}": ${textOf(rank, i, name, isLong)}`).join(', ');
      yield `"step": ${step}, "data": {${text}}`;
    }
    if (kind === 'notes') yield `"step": "note", "data": {"rank": ${rank}}`;
    if (i % epoch === epoch - 1) yield `"step": [${Math.floor(i / epoch)}], "data": {"acc": 0.5}`;
  }
}

function logsOf(arranged: Arrangement, directory: string): string[] {
  return arranged.ranks.map((_, rank) => {
    const path = join(directory, `${rank}.json`);
    const lines = ['"step": "PARAMETER", "data": {"lr": 0.1}', ...recordsOf(arranged, rank)].map(
      (rest, i) =>
        `DLLL {"timestamp": "1700000000.${i}", "datetime": "${i}", "elapsedtime": "0.${i}", "type": "LOG", ${rest}}\n`,
    );
    writeFileSync(path, lines.join(''));
    return path;
  });
}

/** Merges logs. Returns the lines, what is missing, and how often the merge began. */
async function merged(paths: readonly string[], reduction: Reduction, canRestart: boolean) {
  let text = '';
  let begun = 0;
  const file: ByteSink = {
    write: (bytes) => {
      text += bytes.toString();
    },
    drain: async () => {},
  };
  const { records, report } = await mergeLogs(
    paths,
    { reduction, showsAll: false, canRestart },
    async () => {
      text = '';
      begun++;
      return { ...file, finish: async () => {}, discard: async () => {} };
    },
  );
  return {
    lines: text.trimEnd().split('\n').sort(),
    records,
    missing: report.missing.map(({ rank, metric, count }) => `${rank} ${metric} ${count}`).sort(),
    differing: [...report.differing].sort(),
    begun,
  };
}

test('any arrangement gives the same records and missing values, and each log is read once', async () => {
  const directory = temporaryDirectory();
  await fc.assert(
    fc.asyncProperty(arrangement, async (arranged) => {
      const paths = logsOf(arranged, directory);
      const { begun, ...stepByStep } = await merged(paths, arranged.reduction, true);
      const { begun: _, ...inMemory } = await merged(paths, arranged.reduction, false);
      assert.deepEqual(stepByStep, inMemory);
      // Notes, and steps with and without an epoch, have no order among the others: such logs are merged in memory.
      const kinds = arranged.ranks.flatMap(({ deviations }) => [...deviations.values()]);
      if (kinds.every(({ kind }) => kind !== 'notes' && kind !== 'plain')) assert.equal(begun, 1);
    }),
    { numRuns: times(30, 1500) },
  );
});
