/// <reference lib="dom" />
/** axe-core finds no violation in the dashboard and in a saved page. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { noBrowser, open } from '../support/browser.js';
import { card, drawn, folder, pageOf, run } from '../support/dashboard.js';
import { isLong } from '../support/long.js';
import { serve } from '../support/serve.js';

/** A rule of axe-core, and the elements that break it. */
interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

declare const axe: {
  run(options: { resultTypes: string[] }): Promise<{ readonly violations: readonly Violation[] }>;
};

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Checks that axe-core finds no violation in the page as it is now, in its own theme and in the other one. */
async function assertAccessible(page: Page, what: string): Promise<void> {
  const isDark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
  const [own, other] = isDark ? (['dark', 'light'] as const) : (['light', 'dark'] as const);
  for (const colorScheme of [own, other]) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(() => axe.run({ resultTypes: ['violations'] }));
    const found = violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html}\n${failureSummary}`),
    );
    assert.deepEqual(found, [], `${what}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: own });
}

/** Opens the table of runs, its dialogs, and a filter that is not understood. */
async function assertTableAccessible(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Table', exact: true }).click();
  await page.locator('.table tbody th').first().waitFor();
  await page.locator('.relations svg').nth(1).waitFor();
  await assertAccessible(page, 'the table of runs');
  await page.getByRole('button', { name: 'Columns' }).click();
  await assertAccessible(page, 'the columns of the table');
  await page.keyboard.press('Escape');
  for (const name of ['Copy', 'Axes']) {
    await page.getByRole('button', { name, exact: true }).click();
    await page.locator('.floating:popover-open').waitFor();
    await assertAccessible(page, `the dialog ${name}`);
    await page.keyboard.press('Escape');
  }
  await page.getByLabel('Filter runs by').fill('nothing = 1');
  await assertAccessible(page, 'a filter that is not understood');
}

/** @param damage A line that is not a record. */
function logs(directory: string, damage = ''): string[] {
  const paths = [1, 2, 3].map((number) => {
    const path = join(directory, `run-${number}.json`);
    writeFileSync(path, run(number));
    return path;
  });
  const diverged = join(directory, 'diverged.json');
  const log = run(4).replace(/"loss": [\d.]+(?=[^\n]*\n$)/, '"loss": NaN');
  writeFileSync(diverged, damage + log);
  return [...paths, diverged];
}

describe('axe-core finds nothing', { skip: noBrowser }, () => {
  for (const [dark, width] of [
    [false, 1440],
    [true, 390],
  ] as const) {
    const look = `${dark ? 'dark' : 'light'}, ${width} pixels wide`;
    test(`in the dashboard, ${look}`, async () => {
      const directory = folder();
      const server = await serve([directory]);
      const { page, faults } = await open(server.url, { dark, width, height: 900 });
      await page.getByText('No logs yet').waitFor();
      await page.evaluate(AXE);
      await assertAccessible(page, 'without logs');
      logs(directory, 'DLLL {"not": a record\n');
      await drawn(page, 'loss');
      await page.locator('.runs li').nth(3).waitFor({ state: 'attached' });
      await assertAccessible(page, 'charts');
      await card(page, 'loss').locator('summary').click();
      await assertAccessible(page, 'with the menu of a chart');
      await page.keyboard.press('Escape');
      const isNarrow = width < 760;
      if (isNarrow) await page.getByRole('button', { name: 'Runs', exact: true }).click();
      await page.getByLabel('Group by').selectOption('lr');
      await page.locator('.group-head').first().waitFor();
      await assertAccessible(page, 'with groups in the list of runs');
      await page.getByLabel('Group by').selectOption('');
      await page.locator('.runs .problems:visible').click();
      await assertAccessible(page, 'the problems of a log');
      await page.keyboard.press('Escape');
      if (isNarrow) {
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'View', exact: true }).click();
      }
      await page.getByRole('button', { name: 'log: logarithmic y axis' }).click();
      await page.locator('.smoothing input').fill('0.5');
      await card(page, 'loss').locator('.plot').focus();
      // A chart that is redrawn, as for the smoothed values, loses the pointer.
      const tooltip = card(page, 'loss').locator('.tooltip tr').first();
      while (!(await tooltip.isVisible())) await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('+');
      await page.locator('.zoom', { hasText: 'step' }).waitFor();
      await assertAccessible(page, 'zoomed, smoothed, with values at the pointer');
      await assertTableAccessible(page);
      await server.end();
      await page.getByText('offline, trying again').waitFor();
      await assertAccessible(page, 'without its server');
      // Requests to the ended server fail.
      const other = faults.filter((fault) => !fault.startsWith('Failed to load resource'));
      assert.deepEqual(other, []);
      await page.close();
    });

    // The dashboard's views in the dark and on a narrow screen are those of a saved page.
    if (dark && !isLong) continue;

    test(`in a saved page, ${look}`, async () => {
      const directory = folder();
      const url = await pageOf('saved', { directory, paths: logs(directory) });
      const { page } = await open(url, { dark, width, height: 900 });
      await drawn(page, 'loss');
      await page.evaluate(AXE);
      await assertAccessible(page, 'charts');
      await assertTableAccessible(page);
      await page.close();
    });
  }
});
