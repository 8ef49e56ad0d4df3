/// <reference lib="dom" />
/** The page's address holds the view: reloading the page or sending its address keeps it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { noBrowser, open } from '../support/browser.js';
import { card, cards, drawn, folder, pageOf, run } from '../support/dashboard.js';
import { serve } from '../support/serve.js';

function logs(): { directory: string; paths: string[] } {
  const directory = folder();
  const paths = ['a b.json', 'c&d.json', 'e.json'].map((name, i) => {
    const path = join(directory, name);
    writeFileSync(path, run(i + 1));
    return path;
  });
  return { directory, paths };
}

/** Changes every part of the view. */
async function choose(page: Page): Promise<void> {
  await drawn(page, 'loss');
  await page.getByRole('button', { name: 'x axis: epoch' }).click();
  await page.getByRole('button', { name: 'Logarithmic y axis' }).click();
  await page.locator('.smoothing input').fill('0.5');
  await page.locator('.runs li', { hasText: 'a b' }).locator('input').uncheck();
  await page.locator('input[type=search]').first().fill('loss, -^val');
  await card(page, 'loss').locator('.plot').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('+');
  await page.locator('.zoom', { hasText: 'epoch' }).waitFor();
  await page.waitForURL(/range=/);
}

async function seen(page: Page) {
  await drawn(page, 'loss');
  return {
    axis: await page.locator('[aria-label="x axis"] [aria-pressed=true]').innerText(),
    log: await page.getByRole('button', { name: 'Logarithmic y' }).getAttribute('aria-pressed'),
    smoothing: await page.locator('.smoothing output').innerText(),
    runs: await page
      .locator('.runs input')
      .evaluateAll((boxes) => boxes.map((box) => (box as HTMLInputElement).checked)),
    metrics: await cards(page),
    zoom: await page.locator('.zoom').innerText(),
  };
}

describe('the view', { skip: noBrowser }, () => {
  for (const kind of ['served', 'saved'] as const) {
    test(`of a ${kind} page is kept by reloading and by sending its address`, async () => {
      const url = await pageOf(kind, logs());
      const { page, faults } = await open(url);
      await page.locator('.runs li').nth(2).waitFor();
      await choose(page);
      const before = await seen(page);
      assert.equal(before.axis, 'epoch');
      assert.equal(before.smoothing, '0.50');
      assert.equal(before.log, 'true');
      assert.deepEqual(before.runs, [false, true, true]);
      assert.deepEqual(before.metrics, ['loss']);
      await page.reload();
      await page.locator('.runs li').nth(2).waitFor();
      assert.deepEqual(await seen(page), before);
      // Another browser has nothing stored.
      const { page: other } = await open(page.url());
      await other.locator('.runs li').nth(2).waitFor();
      assert.deepEqual(await seen(other), before);
      assert.deepEqual(faults, []);
      await other.close();
      await page.close();
    });
  }

  test('of a page without a choice is that of its address, not what the reader chose before', async () => {
    const { url } = await serve([logs().directory]);
    const { page } = await open(url);
    await drawn(page, 'loss');
    const plain = page.url();
    await page.getByRole('button', { name: 'x axis: epoch' }).click();
    await page.waitForURL(/epoch/);
    const chosen = () => page.locator('[aria-label="x axis"] [aria-pressed=true]').innerText();
    await page.goto('about:blank');
    await page.goto(plain);
    assert.equal(await chosen(), 'step');
    await page.goto('about:blank');
    await page.goto(url);
    assert.equal(await chosen(), 'epoch');
    await page.close();
  });

  test('goes back to the tab before', async () => {
    const { url } = await serve([logs().directory]);
    const { page } = await open(url);
    await drawn(page, 'loss');
    await page.locator('.tab').nth(1).click();
    await page.locator('main.charts').waitFor({ state: 'hidden' });
    await page.goBack();
    await page.locator('main.charts').waitFor();
    await page.goForward();
    await page.locator('main.charts').waitFor({ state: 'hidden' });
    await page.close();
  });

  test('takes the valid parts of an address, and ignores the rest', async () => {
    const { url } = await serve([logs().directory]);
    const nonsense =
      '#tab=nowhere&axis=epoch&range=5~1&range=x&smoothing=7&logarithmic=maybe&runs=some&__proto__=1&%E0%A4';
    const { page, faults } = await open(`${url}${nonsense}`);
    const { axis, log, smoothing, runs } = await seen(page);
    assert.deepEqual([axis, log, smoothing], ['epoch', 'false', '0.00']);
    assert.ok(runs.every((checked) => checked));
    assert.ok(await page.locator('.zoom').isHidden());
    assert.deepEqual(faults, []);
    await page.close();
  });
});
