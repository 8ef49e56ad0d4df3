/// <reference lib="dom" />
/** The table of many runs and columns in a real browser. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { noBrowser, open } from '../support/browser.js';
import { folder } from '../support/dashboard.js';
import { isLong, times } from '../support/long.js';
import { serve } from '../support/serve.js';
import { trainingLog } from '../support/training.js';

describe('a table of 200 runs and 100 columns', { skip: noBrowser }, () => {
  test('has the rows in view, and others when they are scrolled to', async () => {
    const directory = folder();
    const many = (prefix: string, seed: number) =>
      Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${prefix}.${i}`, seed + i]));
    for (let number = 1; number <= 200; number++) {
      const log = trainingLog({
        parameters: many('option', number),
        epochs: 1,
        values: (step) => many('metric', number + step),
      });
      writeFileSync(join(directory, `run-${number}.json`), log);
    }
    const server = await serve([directory]);
    await server.until((runs) => runs.size === 200);
    const { page, faults } = await open(`${server.url}#tab=table`);
    await page.getByText('200 runs', { exact: true }).waitFor();
    await page.getByTitle('run-1.json', { exact: true }).first().waitFor();
    const rows = () => page.locator('.table tbody th').count();
    assert.ok((await rows()) < 80, `${await rows()} rows`);
    assert.equal(await page.locator('.table table').getAttribute('aria-rowcount'), '201');
    await page.locator('.table').evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await page.locator('.table tbody th', { hasText: /^run-200$/ }).waitFor();
    assert.ok((await rows()) < 80);
    const box = await page.locator('.table').boundingBox();
    const last = await page.locator('.table tbody th', { hasText: /^run-200$/ }).boundingBox();
    assert.ok(box && last);
    assert.ok(Math.abs(box.y + box.height - last.y - last.height) < 20);
    // The page has only the columns in view, too.
    assert.ok((await page.locator('.table tbody tr:has(th)').first().locator('td').count()) < 60);
    await page.locator('.table').evaluate((one) => one.scrollTo(one.scrollWidth, 0));
    // The names stay where they are, once the columns in view are drawn.
    await page.waitForFunction((left) => {
      const name = document.querySelector('.table tbody th')?.getBoundingClientRect();
      return name !== undefined && name.width > 0 && Math.abs(name.x - left) < 3;
    }, box.x);
    const started = page.locator('.table tbody td', { hasText: /^2026-/ }).first();
    await started.waitFor();
    const sort = await page.getByRole('button', { name: 'Sort by started' }).elementHandle();
    // Both are measured at one moment: runs that are still being read change the widths of columns.
    const apart = await started.evaluate(
      (cell, head) =>
        cell.getBoundingClientRect().right - (head?.getBoundingClientRect().right ?? 0),
      sort,
    );
    assert.ok(Math.abs(apart) < 30, `${apart} pixels`);
    // A screen reader announces the place of these columns among all columns.
    const place = await started.getAttribute('aria-colindex');
    assert.equal(place, await page.locator('.table table').getAttribute('aria-colcount'));
    const overhang = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(overhang, 0);
    assert.deepEqual(faults, []);
    await page.close();
  });
});

describe('a list of 200 runs', { skip: noBrowser }, () => {
  for (const width of isLong ? [1200, 390] : [1200]) {
    test(`has the rows in view, and others when they are scrolled to, ${width} pixels wide`, async () => {
      const directory = folder();
      for (let number = 1; number <= 200; number++) {
        const log = trainingLog({ epochs: 1, iterations: 2, values: () => ({ loss: number }) });
        writeFileSync(join(directory, `run-${number}.json`), log);
      }
      const server = await serve([directory]);
      await server.until((runs) => runs.size === 200);
      const { page, faults } = await open(server.url, { width });
      const isDrawer = width < 900;
      if (isDrawer) await page.getByRole('button', { name: 'Runs', exact: true }).click();
      await page.locator('.side .count', { hasText: /^200$/ }).waitFor();
      const rows = page.locator('.runs li:has(input)');
      await page.getByTitle(/^run-1\.json/).waitFor();
      assert.ok((await rows.count()) < 60, `${await rows.count()} rows`);
      const list = page.locator('.runs');
      await list.evaluate((one) => one.scrollTo(0, one.scrollHeight));
      const last = page.getByTitle(/^run-200\.json/);
      await last.waitFor();
      assert.ok((await rows.count()) < 60);
      assert.equal(await last.getAttribute('aria-setsize'), '200');
      assert.equal(await last.getAttribute('aria-posinset'), '200');
      const [box, at] = [await list.boundingBox(), await last.boundingBox()];
      assert.ok(box && at && Math.abs(box.y + box.height - at.y - at.height) < 10);
      // The keyboard moves from row to row, upwards too.
      await last.locator('input').focus();
      for (let press = 0; press < 60; press++) await page.keyboard.press('Shift+Tab');
      await page
        .getByTitle(/^run-170\.json/)
        .locator('input:focus')
        .waitFor();
      // A choice holds for rows that are not in the page, too.
      await page.getByRole('searchbox', { name: 'Find runs' }).fill('run-1*');
      await page.getByRole('button', { name: 'Hide the runs that match' }).click();
      await page.locator('.side .count', { hasText: '89 of 200' }).waitFor();
      await page.getByRole('searchbox', { name: 'Find runs' }).fill('');
      // A print has all rows.
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      assert.equal(await rows.count(), 200);
      await page.evaluate(() => dispatchEvent(new Event('afterprint')));
      assert.ok((await rows.count()) < 60);
      assert.deepEqual(faults, []);
      await page.close();
    });
  }
});

describe('the table under the keyboard', { skip: noBrowser }, () => {
  /** More columns than the table makes before they come into view. */
  const METRICS = times(32, 40);

  test('is gone through column by column, sorted, chosen from and scrolled, and never hides the focus', async () => {
    const directory = folder();
    const many = (seed: number) =>
      Object.fromEntries(
        Array.from({ length: METRICS }, (_, i) => [`metric.${i}`, seed * (i + 1)]),
      );
    for (let number = 1; number <= 30; number++) {
      const log = trainingLog({ epochs: 1, iterations: 1, values: () => many(number) });
      writeFileSync(join(directory, `run-${number}.json`), log);
    }
    const { page, faults } = await open(`${(await serve([directory])).url}#tab=table`);
    await page.getByText('30 runs', { exact: true }).waitFor();
    await page.locator('.table tbody th').nth(5).waitFor();
    const focused = () =>
      page.evaluate(() => {
        const one = document.activeElement;
        const names = document.querySelector('.table thead th')?.getBoundingClientRect();
        const table = document.querySelector('.table')?.getBoundingClientRect();
        if (!(one instanceof HTMLElement) || names === undefined || table === undefined) return;
        const { left, right, top, bottom } = one.getBoundingClientRect();
        const isName = one.closest('th:first-child') !== null;
        const isSeen =
          (isName || left >= names.right - 1) && right <= table.right && top >= table.top;
        const isBelowHead = one.closest('thead') !== null || top >= names.bottom - 1;
        return {
          key: one.dataset.key ?? '',
          isSeen: isSeen && isBelowHead && bottom <= innerHeight,
        };
      });
    await page.getByRole('button', { name: 'Sort by name' }).focus();
    // Each metric has two buttons: its name, and which value is best.
    const seen: string[] = [];
    for (let press = 0; press < 2 * METRICS + 1; press++) {
      await page.keyboard.press('Tab');
      const at = await focused();
      assert.ok(at?.isSeen, JSON.stringify(at));
      seen.push(at.key);
    }
    assert.deepEqual(
      seen.filter((key) => key.startsWith('sort:last')),
      Array.from({ length: METRICS }, (_, i) => `sort:last:metric.${i}`),
    );
    // Back to the last metric: it sorts, and keeps the focus.
    const last = page.getByRole('button', { name: `Sort by metric.${METRICS - 1}, last` });
    await last.focus();
    for (const press of [1, 2]) {
      await page.keyboard.press('Enter');
      const arrow = press === 1 ? 'ascending' : 'descending';
      await page.locator(`.table thead th[aria-sort="${arrow}"]`, { has: last }).waitFor();
      assert.equal((await focused())?.key, `sort:last:metric.${METRICS - 1}`);
    }
    assert.equal(await page.locator('.table tbody th').first().textContent(), 'run-30');
    // Rows: Tab goes down through all of them, and Space chooses.
    await page.locator('.table tbody input').first().focus();
    for (let row = 30; row > 1; row--) {
      if (row % 10 === 0) await page.keyboard.press('Space');
      await page.keyboard.press('Tab');
      assert.ok((await focused())?.isSeen, `row ${row}`);
    }
    assert.equal(await page.getByText('27 of 30').count(), 1);
    assert.deepEqual(faults, []);
    await page.close();
  });
});
