/** A smoothed value is the same number wherever it is shown: terminal, image, saved page, dashboard. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type SavedPage, SavedRun } from '#dist/plot/saved.js';
import { answer, PLAIN, type Query } from '#dist/runs/query.js';
import { Smoother } from '#dist/runs/smooth.js';
import { dllogger } from '../support/cli.js';
import { temporaryDirectory } from '../support/run.js';
import { serveHere } from '../support/serve.js';
import { trainingLog } from '../support/training.js';

const LENGTH = 30_000;
const SMOOTHING = 0.99;

/** Noise that is seldom large, so that the largest values of each stretch are far from its mean. */
let seed = 1;
const noise = Array.from({ length: LENGTH }, () => {
  seed = (seed * 48_271) % 2_147_483_647;
  return -Math.log(seed / 2_147_483_647);
});
const smoother = new Smoother(SMOOTHING);
const expected = noise.map((y) => smoother.next(y));

const directory = temporaryDirectory();
const path = join(directory, 'noise.json');
const values = (step: number) => ({ loss: noise[step] });
writeFileSync(path, trainingLog({ epochs: 10, iterations: LENGTH / 10, values }));

/** Checks that each point of a smoothed curve has the value of the average over all points. */
function assertExact(x: ArrayLike<number>, y: ArrayLike<number>, least: number): void {
  assert.ok(x.length >= least, `${x.length} points`);
  for (let i = 0; i < x.length; i++) {
    assert.ok(Math.abs((y[i] ?? 0) - (expected[x[i] ?? 0] ?? 0)) < 1e-9, `at ${x[i]}`);
  }
}

const query: Query = {
  ...{ axis: 'step', smoothing: SMOOTHING, buckets: 400, metrics: ['loss'], runs: [0] },
};
const zoomed: Query = { ...query, range: [12_000, 15_000] };

describe('a curve smoothed over more points than a page keeps', () => {
  test('is exact in a saved page, zoomed or not, on every axis', async () => {
    const options = ['--smooth', String(SMOOTHING), '--html', '-'];
    const { stdout } = await dllogger(['plot', ...options, path]);
    const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(stdout)?.[1];
    const page = JSON.parse(data ?? '') as SavedPage;
    assert.ok(page.smoothings?.includes(SMOOTHING) && page.smoothings.includes(0.5));
    const run = new SavedRun(page.series[0] ?? []);
    for (const one of [query, zoomed]) {
      const [chart] = answer(one, () => run);
      const curve = chart?.curves[0];
      assert.ok(curve?.smooth);
      assertExact(curve.smooth.x, curve.smooth.y, 300);
      assert.equal(curve.smoothLast, expected.at(-1));
    }
    const elapsed = run.curve('loss', 'elapsed', { ...PLAIN, smoothing: SMOOTHING });
    const { x, y } = elapsed?.sample(0, LENGTH, 400) ?? { x: [], y: [] };
    assertExact(x, y, 300);
  });

  test('is exact in the dashboard, zoomed or not', async () => {
    const server = await serveHere({ logs: [path], folders: [] });
    await server.until((runs) => runs.get('noise.json')?.records === LENGTH);
    for (const one of [query, zoomed]) {
      const [chart] = await server.charts(one);
      const curve = chart?.curves[0];
      assert.ok(curve?.smooth);
      assertExact(curve.smooth.x, curve.smooth.y, 300);
      assert.equal(curve.smoothLast, expected.at(-1));
    }
  });

  test('ends at the same height in the terminal and in an image', async () => {
    const last = expected.at(-1) ?? 0;
    const options = ['plot', '--smooth', String(SMOOTHING)];
    const json = JSON.parse((await dllogger([...options, '--json', path])).stdout);
    assert.equal(json[0].smooth.at(-1), last);
    const { stdout: svg } = await dllogger([...options, '--svg', '-', path]);
    const labels = [...svg.matchAll(/<text x="54" y="([\d.]+)"[^>]*>([\d.]+)<\/text>/g)].map(
      ([, y, value]) => [Number(y) - 4, Number(value)] as const,
    );
    const [[y0, v0] = [0, 0], [y1, v1] = [0, 0]] = [labels.at(0), labels.at(-1)];
    const path0 = /<path class="curve line\d+" stroke-linecap="round" d="[^"]* ([\d.]+)"/.exec(svg);
    const shown = v0 + ((Number(path0?.[1]) - y0) * (v1 - v0)) / (y1 - y0);
    const pixel = Math.abs((v1 - v0) / (y1 - y0));
    assert.ok(Math.abs(shown - last) <= pixel, `${shown} for ${last}`);
    const rows = 40;
    const { stdout } = await dllogger([...options, '--height', String(rows), path]);
    const chart = stdout.split('\n').slice(1, 1 + rows);
    const ticks = chart.flatMap((row, i) => {
      const value = /^ *([\d.]+) ┤/.exec(row)?.[1];
      return value === undefined ? [] : [[i, Number(value)] as const];
    });
    const [[r0, t0] = [0, 0], [r1, t1] = [0, 0]] = [ticks.at(0), ticks.at(-1)];
    const end = chart.reduce(
      (best, row, i) => (row.length > (chart[best]?.length ?? 0) ? i : best),
      0,
    );
    const told = t0 + ((end - r0) * (t1 - t0)) / (r1 - r0);
    assert.ok(
      Math.abs(told - last) <= Math.abs((t1 - t0) / (r1 - r0)) * 1.5,
      `${told} for ${last}`,
    );
  });
});
