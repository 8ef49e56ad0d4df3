/// <reference lib="dom" />
/** Runs whose long names differ in their middle: what tells them apart stays in view wherever names stand. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { noBrowser, open } from '../support/browser.js';
import { card, drawn, folder } from '../support/dashboard.js';
import { serve } from '../support/serve.js';
import { trainingLog } from '../support/training.js';

const RATES = ['0.001', '0.01', '0.1'];
const SEEDS = [1, 2];
const MODELS = ['resnet50', 'efficientnet'];
const NOTE = 'a long text that the list of runs may be sorted by';
const BROKEN = 'DLLL {\n'.repeat(12);
const nameOf = (model: string, lr: string, seed: number) =>
  `2026-11-29_${model}_lr${lr}_bs256_randaugment_ema_fp16_seed${seed}_v1`;

/** What a person sees of each name, in one line or two: the pieces that are not cut off. */
const seen = (page: Page, names: string) =>
  page.locator(names).evaluateAll((all) =>
    all.map((name) => {
      const room = name.getBoundingClientRect();
      return [...name.querySelectorAll('span')]
        .filter((piece) => {
          if (piece.children.length > 0) return false;
          const { left, right } = piece.getBoundingClientRect();
          const isWhole = piece.scrollWidth <= piece.clientWidth;
          return isWhole && left >= room.left - 1 && right <= room.right + 1;
        })
        .map(({ textContent }) => textContent)
        .join('');
    }),
  );

describe('names that differ in their middle', { skip: noBrowser }, () => {
  let url: string;

  before(async () => {
    const directory = folder();
    for (const [model, lr] of MODELS.flatMap((one) => RATES.map((lr) => [one, lr] as const))) {
      for (const seed of SEEDS) {
        const log = trainingLog({
          parameters: { model, lr: Number(lr), seed, note: `${NOTE} ${lr}` },
          metadata: { 'val.loss': { GOAL: 'MINIMIZE' } },
          values: (step) => ({ loss: seed / (step + 1) }),
          summary: (epoch) => ({ 'val.loss': Number(lr) + seed - epoch / 10 }),
        });
        // One state is wider than the others, and stands beside a button.
        const end =
          lr === '0.1'
            ? `${BROKEN}${log}`.replace(/"loss":[^}]+(?=[^\n]*\n[^\n]*\n$)/, '"loss":NaN')
            : log;
        writeFileSync(join(directory, `${nameOf(model, lr, seed)}.json`), end);
      }
    }
    url = (await serve([directory])).url;
  });

  const isToldApart = (names: readonly string[]) =>
    names.length === MODELS.length * RATES.length * SEEDS.length &&
    names.every((name) => /(?:t50|net)_.*0\.(?:001|01|1)_.*seed[12]_/.test(name)) &&
    new Set(names).size === names.length;

  for (const width of [1440, 1280, 390]) {
    test(`keep what differs in the list, ${width} pixels wide`, async () => {
      const { page, faults } = await open(url, { width });
      if (width < 900) await page.getByRole('button', { name: 'Runs', exact: true }).click();
      await page.locator('.runs li').nth(11).waitFor();
      const names = await seen(page, '.runs li .name');
      assert.ok(isToldApart(names), names.join('\n'));
      // The whole name is the title.
      assert.equal(
        await page.locator(`.runs li[title^="${nameOf('resnet50', '0.01', 2)}"]`).count(),
        1,
      );
      assert.equal(await page.locator('.runs .problems:visible').count(), 4);
      // Sorted by a text, the text gives way.
      await page.getByLabel('Sort runs by').selectOption('note');
      await page.locator('.runs .about', { hasText: NOTE }).nth(11).waitFor();
      const sorted = await seen(page, '.runs li .name');
      assert.ok(isToldApart(sorted), sorted.join('\n'));
      // Grouped, the mark of a group stands beside its label, and the number of runs behind it.
      await page.getByLabel('Group by').selectOption('lr');
      const head = page.locator('.group-head').first();
      await head.waitFor();
      const places = await head.evaluate((one) =>
        [...one.children].map((part) => part.getBoundingClientRect().toJSON()),
      );
      const middles = places.map(({ top, bottom }) => (top + bottom) / 2);
      assert.ok(Math.max(...middles) - Math.min(...middles) <= 2, middles.join(' '));
      assert.ok(places[1].right <= places[2].left, JSON.stringify(places));
      assert.deepEqual(faults, []);
      await page.close();
    });

    test(`keep what differs in the table, ${width} pixels wide, beside which run is best`, async () => {
      const { page, faults } = await open(`${url}#tab=table`, { width });
      const best = page.locator('.table td.best').first();
      await best.waitFor();
      const names = await seen(page, '.table tbody .name');
      assert.ok(isToldApart(names), names.join('\n'));
      const { x = 0, width: room = 0 } = (await best.boundingBox()) ?? {};
      assert.ok(x + room <= width, `${x} ${room}`);
      assert.deepEqual(faults, []);
      await page.close();
    });

    test(`keep what differs at the pointer, ${width} pixels wide, beside whole values`, async () => {
      const { page, faults } = await open(`${url}#tab=charts&smoothing=0.5`, { width });
      await drawn(page, 'val.loss');
      const over = card(page, 'val.loss').locator('.u-over');
      const rows = card(page, 'val.loss').locator('.tooltip tr');
      while (!(await rows.first().isVisible())) {
        // Behind the first epoch, in the middle.
        const width = (await over.boundingBox())?.width ?? 0;
        await over.hover({ position: { x: 0.7 * width, y: 50 } });
        await over.hover({ position: { x: 0.75 * width, y: 60 } });
      }
      const names = await seen(page, '.tooltip:not([hidden]) .name');
      assert.ok(isToldApart(names), names.join('\n'));
      const { x = -1, width: room = 0 } =
        (await page.locator('.tooltip:visible').boundingBox()) ?? {};
      assert.ok(x >= 0 && x + room <= width, `${x} ${room}`);
      assert.deepEqual(faults, []);
      await page.close();
    });
  }
});

test('a name of few but wide letters has two lines beside longer ones', {
  skip: noBrowser,
}, async () => {
  const directory = folder();
  const narrow = [1, 2, 3].map((i) => `ill-till-fill-jill-${i}`);
  const wide = 'WWWWWWW-MMMMMMM';
  for (const name of [...narrow, wide]) {
    writeFileSync(join(directory, `${name}.json`), trainingLog({ values: (loss) => ({ loss }) }));
  }
  const { url } = await serve([directory]);
  const { page, faults } = await open(url, { width: 1440 });
  await page.locator('.runs li').nth(3).waitFor();
  const names = await seen(page, '.runs li .name');
  assert.deepEqual(names.sort(), [...narrow, wide].sort());
  const lines = await page.locator('.runs li', { hasText: wide }).evaluate((row) => {
    const { top, bottom } = row.getBoundingClientRect();
    return [...row.querySelectorAll('.short')].map((line) => {
      const box = line.getBoundingClientRect();
      return box.top >= top && box.bottom <= bottom;
    });
  });
  assert.deepEqual(lines, [true, true]);
  assert.deepEqual(faults, []);
  await page.close();
});
