/// <reference lib="dom" />
/** Unusual runs: long names, other scripts, no metrics, thousands of metrics. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { noBrowser, type Opened, open } from '../support/browser.js';
import { drawn, folder } from '../support/dashboard.js';
import { times } from '../support/long.js';
import { serve } from '../support/serve.js';
import { trainingLog } from '../support/training.js';

const LONG = 'a-very-long-name-of-a-run-'.repeat(8).slice(0, 200);
const LONG_METRIC = 'metric.with.a.very.long.name.'.repeat(8).slice(0, 200);
const HEBREW = 'ניסוי-אימון-גדול-מאוד-seed-1';
const FAMILY = '👩‍👩‍👧‍👦';

describe('odd runs', { skip: noBrowser }, () => {
  let opened: Opened;
  let page: Page;

  before(async () => {
    const directory = folder();
    const parameters = (lr: number) => ({ lr, [LONG_METRIC]: 'x'.repeat(300 * lr) });
    const loss = (step: number) => ({
      loss: 1 / (step + 1),
      [LONG_METRIC]: step,
      [`${LONG_METRIC}2`]: step,
    });
    const logs = {
      [`${LONG}1`]: trainingLog({ parameters: parameters(1), values: loss }),
      [`${LONG}2`]: trainingLog({ parameters: parameters(2), values: loss }),
      [HEBREW]: trainingLog({ parameters: parameters(3), values: loss }),
      [`${FAMILY.repeat(10)}`]: trainingLog({ parameters: parameters(4), values: loss }),
      'no-metric': trainingLog({ parameters: { lr: 5 }, epochs: 0, values: () => ({}) }),
      'text-only': trainingLog({ values: (step) => ({ note: `step ${step}` }) }),
    };
    for (const [name, log] of Object.entries(logs)) {
      // A file's name has no room for 200 characters of four bytes.
      writeFileSync(join(directory, `${name}.json`), log);
    }
    opened = await open((await serve([directory])).url, { width: 1300 });
    page = opened.page;
    await page.locator('.runs li').nth(5).waitFor();
    await drawn(page, 'loss');
  });

  /** What a person sees of a name, piece by piece from left to right. */
  const pieces = (place: string, name: string) =>
    page
      .locator(place, { hasText: name })
      .locator('span')
      .evaluateAll((all) => all.map((one) => one.textContent));

  test('metrics whose names differ at their end show that end on their charts', async () => {
    const names = page.locator('.card h3', { hasText: LONG_METRIC });
    await names.nth(1).waitFor();
    const ends = await names.evaluateAll((all) =>
      all.map((one) => {
        const tail = one.querySelector('.tail');
        const [inner, outer] = [tail, one].map((each) => each?.getBoundingClientRect());
        const isSeen = inner && outer && inner.left > outer.left && inner.right < outer.right + 1;
        return isSeen ? tail?.textContent : 'not in view';
      }),
    );
    const [one = '', other = ''] = ends.toSorted();
    assert.ok(LONG_METRIC.endsWith(one) && one.length > 4, `${ends}`);
    assert.ok(`${LONG_METRIC}2`.endsWith(other) && other.length > 4, `${ends}`);
    await page.getByRole('heading', { name: `${LONG_METRIC}2`, exact: true }).waitFor();
  });

  test('keep their place: no element is wider than its container', async () => {
    for (const tab of ['Charts', 'Table']) {
      await page.getByRole('button', { name: tab, exact: true }).click();
      const overhang = await page.evaluate(() => {
        const side = document.querySelector('.side')?.getBoundingClientRect().right ?? 0;
        const wide = [...document.querySelectorAll('.side *')]
          .filter((one) => one.checkVisibility() && !one.closest('.spoken, .name'))
          .filter((one) => one.getBoundingClientRect().right > side)
          .map((one) => one.outerHTML.slice(0, 80));
        const page = document.documentElement;
        return [...wide, ...(page.scrollWidth > page.clientWidth ? ['the page'] : [])];
      });
      assert.deepEqual(overhang, [], tab);
    }
  });

  for (const place of ['.runs .name', '.table th .name']) {
    test(`have names that are whole characters in their own order, in ${place}`, async () => {
      assert.deepEqual(await pieces(place, 'seed-1'), [HEBREW]);
      const family = await pieces(place, FAMILY);
      assert.ok(
        family.every((part) => part?.replaceAll(FAMILY, '') === ''),
        family.join(' '),
      );
    });
  }

  test('without a metric are rows like others, and drawings name them as not shown', async () => {
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    const row = page.locator('.table tbody tr', { hasText: 'no-metric' });
    assert.ok((await row.locator('td.missing').count()) >= 2);
    await page.getByText('Not shown, for lack of a value: ').first().waitFor();
    assert.match(await page.locator('.note').first().innerText(), /no-metric/);
  });

  test('raised no error in the browser in any of these tests', () =>
    assert.deepEqual(opened.faults, []));
});

describe('empty places', { skip: noBrowser }, () => {
  test('say what there is to do', async () => {
    const server = await serve([folder()]);
    const { page, faults } = await open(`${server.url}#tab=table`);
    await page.getByText('No runs yet').waitFor();
    assert.ok(await page.locator('.relations').isHidden());
    await page.getByRole('button', { name: 'Charts', exact: true }).click();
    await page.getByRole('heading', { name: 'No logs yet' }).waitFor();
    assert.deepEqual(faults, []);
    await page.close();
  });

  test('of a run without numbers are charts that say so, and a table with its parameters', async () => {
    const directory = folder();
    const log = trainingLog({ parameters: { lr: 0.1 }, epochs: 0, values: () => ({}) });
    writeFileSync(join(directory, 'run.json'), log);
    const { page, faults } = await open((await serve([directory])).url);
    await page.getByRole('heading', { name: 'No numbers yet' }).waitFor();
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    await page.locator('.table td', { hasText: '0.1' }).waitFor();
    assert.ok(await page.locator('.relations').isHidden());
    assert.deepEqual(faults, []);
    await page.close();
  });
});

test('the drawings below the table begin with the metric that most runs have', {
  skip: noBrowser,
}, async () => {
  const directory = folder();
  for (let number = 0; number < 5; number++) {
    const values = (step: number) =>
      number === 0 ? { rare: step } : { loss: number + 1 / (step + 1) };
    // The runs with a loss share their depth, and each has an id of its own.
    const parameters = { depth: number === 0 ? 1 : 2, id: number, lr: (number % 2) + 1 };
    const log = trainingLog({ parameters, values });
    writeFileSync(join(directory, `run-${number}.json`), log);
  }
  const { page, faults } = await open(`${(await serve([directory])).url}#tab=table`);
  await page.locator('.relations svg[aria-label="loss last over lr, 4 runs"]').waitFor();
  assert.deepEqual(faults, []);
  await page.close();
});

test('thousands of metrics make a table that holds only the columns in view', {
  skip: noBrowser,
}, async () => {
  const count = times(2000, 5000);
  const directory = folder();
  const many = (seed: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`layer.${i}.norm`, seed + i / 7]));
  for (let number = 1; number <= 3; number++) {
    const values = (step: number) => many(number + step);
    const log = trainingLog({ epochs: 1, iterations: 2, values });
    writeFileSync(join(directory, `run-${number}.json`), log);
  }
  const { page, faults } = await open(`${(await serve([directory])).url}#tab=table`);
  await page.locator('.table tbody th').nth(2).waitFor();
  assert.ok((await page.locator('.table *').count()) < 1500);
  await page.getByRole('button', { name: 'Columns' }).click();
  const menu = page.getByRole('dialog', { name: 'Columns' });
  await menu.getByRole('button', { name: 'none' }).click();
  await menu.getByRole('searchbox').fill(`layer.${count - 1}`);
  await menu.getByLabel(`layer.${count - 1}.norm last`).check();
  await page.keyboard.press('Escape');
  // The run's number, its last step, and the number of the metric.
  const value = (3 + 1 + (count - 1) / 7).toFixed(3);
  const row = page.locator('.table tbody tr', { hasText: 'run-3' });
  assert.ok((await row.innerText()).includes(value), value);
  assert.deepEqual(faults, []);
  await page.close();
});

test('runs that started within a minute have an axis of times that differ', {
  skip: noBrowser,
}, async () => {
  const directory = folder();
  for (const begin of [0, 7, 19, 44]) {
    const log = trainingLog({ begin, values: (step) => ({ loss: begin + step }) });
    writeFileSync(join(directory, `${begin}.json`), log);
  }
  const { page } = await open((await serve([directory])).url, { width: 1300 });
  await page.getByRole('button', { name: 'Table', exact: true }).click();
  const drawing = page.getByRole('img', { name: /over started, 4 runs/ });
  await drawing.waitFor();
  const labels = await drawing
    .locator('text[text-anchor="middle"]')
    .evaluateAll((all) => all.map((one) => one.textContent));
  const times = labels.filter((label) => label?.includes(':'));
  assert.ok(times.length > 2, `${labels}`);
  assert.equal(new Set(times).size, times.length, `${labels}`);
  await page.close();
});
