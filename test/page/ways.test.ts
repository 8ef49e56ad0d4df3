/// <reference lib="dom" />
/** Navigating many metrics: sections, tiles, charts of several metrics, axes, files. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { noBrowser, type Opened, open, settled } from '../support/browser.js';
import { dllogger } from '../support/cli.js';
import { card, cards, drawn, folder, KINDS, pageOf, row } from '../support/dashboard.js';
import { serve } from '../support/serve.js';
import { trainingLog } from '../support/training.js';

function log(lr: number, seed: number): string {
  return trainingLog({
    parameters: { lr, seed },
    iterations: 50,
    values: (step) => ({
      loss: step === 30 ? 1000 : 2 + seed + Math.sin(step / 9),
      'train/top1': step * lr,
      'train/norm': 3 + Math.cos(step / 5),
      clip: 0.5,
      seconds: lr,
    }),
    // `clip` is the same for iterations and for epochs.
    summary: (epoch) => ({ 'val.loss': 3 - epoch, 'val.top1': epoch, clip: 0.5 }),
  });
}

function logs(): { directory: string; paths: string[] } {
  const directory = folder();
  const paths = [1, 2].flatMap((lr) =>
    [0, 1, 2].map((seed) => {
      const path = join(directory, `lr${lr}-seed${seed}.json`);
      writeFileSync(path, log(lr, seed));
      return path;
    }),
  );
  return { directory, paths };
}

/** Saves a chart by its menu. Returns the content of the file. */
async function saved(page: Page, metric: string, kind: 'PNG' | 'SVG' | 'CSV'): Promise<Buffer> {
  await card(page, metric).locator('summary').click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    card(page, metric)
      .getByRole('button', { name: `Save as ${kind}` })
      .click(),
  ]);
  assert.equal(download.suggestedFilename(), `${metric}.${kind.toLowerCase()}`);
  const path = join(folder(), 'saved');
  await download.saveAs(path);
  return readFileSync(path);
}

/** The labels of the y axis in a saved image; on the page they are drawn, and no text. */
const ticks = (svg: string) =>
  Array.from(svg.matchAll(/text-anchor="end">([-\d.]+)</g), ([, label]) => Number(label));

for (const kind of KINDS) {
  describe(`charts of a ${kind} page`, { skip: noBrowser }, () => {
    let opened: Opened;
    let page: Page;

    before(async () => {
      const url = await pageOf(kind, logs());
      opened = await open(url, { width: 1440, height: 900 });
      page = opened.page;
      await row(page, 'lr').nth(5).waitFor();
      await drawn(page, 'loss');
    });

    test('stand in sections by their prefix, which fold away; constants are tiles', async () => {
      const heads = page.locator('.section-head');
      assert.deepEqual(await heads.allInnerTexts(), ['other\n3', 'train\n2', 'val\n2']);
      assert.deepEqual(await cards(page), [
        ...['loss', 'train/top1', 'train/norm', 'val.loss', 'val.top1'],
      ]);
      const tiles = page.locator('.tile');
      await tiles.filter({ hasText: '1 – 2' }).waitFor();
      const texts = (await tiles.allInnerTexts()).map((text) => text.replace(/\n+/g, '\n'));
      assert.deepEqual(texts, ['clip\n0.5', 'seconds\n1 – 2\n2 values']);
      await page.getByRole('button', { name: 'train 2' }).click();
      assert.deepEqual(await cards(page), ['loss', 'val.loss', 'val.top1']);
      await page.waitForURL(/collapsed=train/);
      await page.getByRole('button', { name: 'train 2' }).click();
      await drawn(page, 'train/top1');
    });

    test('are found by expressions, globs and exclusions', async () => {
      const filter = page.getByRole('searchbox', { name: 'Filter metrics by name' });
      for (const [text, found] of [
        ['^val', ['val.loss', 'val.top1']],
        ['val*loss', ['val.loss']],
        ['top1 -train', ['val.top1']],
        ['^loss, norm', ['loss', 'train/norm']],
      ] as const) {
        await filter.fill(text);
        assert.deepEqual(await cards(page), found, text);
      }
      await filter.fill('^(');
      assert.equal(await filter.getAttribute('aria-invalid'), 'true');
      await filter.fill('');
      await drawn(page, 'val.loss');
    });

    test('stand on top when they are pinned', async () => {
      await page.getByRole('button', { name: 'Put val.top1 on top' }).click();
      assert.equal((await cards(page))[0], 'val.top1');
      assert.match((await page.locator('.section-head').allInnerTexts())[0] ?? '', /^pinned\n1/);
      await page.getByRole('button', { name: 'val.top1 stands on top' }).click();
      assert.equal((await cards(page))[0], 'loss');
    });

    test('show several metrics at once, told apart by dashes', async () => {
      await page.getByRole('button', { name: 'Put loss on top' }).click();
      await card(page, 'loss').locator('summary').click();
      const partner = page.getByLabel('Draw loss together with');
      await partner.locator('option').nth(1).waitFor({ state: 'attached' });
      // The metric with the most similar name comes first.
      assert.equal((await partner.locator('option').allTextContents())[1], 'val.loss');
      await partner.selectOption('val.loss');
      const both = page.locator('.card', { has: page.locator('h3[title="loss + val.loss"]') });
      await both.locator('canvas').waitFor();
      assert.equal((await cards(page)).length, 4);
      // What was pinned stays on top.
      assert.match((await page.locator('.section-head').allInnerTexts())[0] ?? '', /^pinned\n1/);
      await page.getByRole('button', { name: 'Show only lr1-seed0.json' }).click({ force: true });
      await both.locator('.plot').focus();
      // The chart is redrawn for the one run, and loses the pointer.
      const rows = both.locator('.tooltip:visible tr');
      while ((await rows.count()) !== 2) await page.keyboard.press('End');
      const names = await both.locator('.tooltip .name').allTextContents();
      assert.deepEqual(names.sort(), ['loss lr1-seed0', 'val.loss lr1-seed0']);
      const dashes = await both
        .locator('.tooltip .swatch path')
        .evaluateAll((all) => all.map((one) => one.getAttribute('stroke-dasharray')));
      assert.equal(new Set(dashes).size, 2);
      await page.getByRole('button', { name: 'all', exact: true }).click();
      await both.locator('summary').click();
      await both.getByRole('button', { name: 'Draw apart' }).click();
      await page
        .getByRole('button', { name: 'loss stands on top: put it back', exact: true })
        .click();
      await drawn(page, 'val.loss');
      assert.equal((await cards(page)).length, 5);
    });

    test('show the mean and the spread of runs that a parameter groups', async () => {
      await page.getByLabel('Group by').selectOption('lr');
      assert.deepEqual(await page.locator('.group-head').allInnerTexts(), ['1\n3', '2\n3']);
      await page.mouse.move(700, 5);
      await card(page, 'loss').locator('.plot').focus();
      await page.keyboard.press('Home');
      const tooltip = card(page, 'loss').locator('.tooltip');
      await tooltip.locator('tr').nth(1).waitFor();
      assert.equal(await tooltip.locator('tr').count(), 2);
      // Seeds 0, 1 and 2 begin at 2, 3 and 4.
      assert.match(await tooltip.innerText(), /1\s+3\s+2 – 4/);
      const svg = (await saved(page, 'loss', 'SVG')).toString();
      assert.equal(svg.match(/class="band\d/g)?.length, 2);
      await page.getByLabel('Group by').selectOption('');
    });

    test('leave outliers out of the y axis, and say so', async () => {
      assert.ok(Math.max(...ticks((await saved(page, 'loss', 'SVG')).toString())) >= 800);
      await page.getByRole('button', { name: 'clip: leave outliers' }).click();
      await card(page, 'loss').getByText('outliers clipped').waitFor();
      assert.ok(Math.max(...ticks((await saved(page, 'loss', 'SVG')).toString())) < 20);
      assert.equal(await card(page, 'train/norm').locator('.badge').innerText(), '');
      await page.getByRole('button', { name: 'clip: leave outliers' }).click();
      await card(page, 'loss').getByText('outliers clipped').waitFor({ state: 'detached' });
    });

    test('zoom along the y axis by a drag, and by keys', async () => {
      const over = card(page, 'train/norm').locator('.u-over');
      await over.scrollIntoViewIfNeeded();
      const box = await over.boundingBox();
      assert.ok(box);
      const drag = async (from: number, to: number) => {
        await page.mouse.move(box.x + 80, box.y + box.height * from);
        await page.mouse.down();
        await page.mouse.move(box.x + 84, box.y + box.height * ((from + to) / 2));
        await page.mouse.move(box.x + 85, box.y + box.height * to);
        await page.mouse.up();
      };
      await drag(0.2, 0.7);
      const zoomed = card(page, 'train/norm').locator('.zoomed');
      await zoomed.waitFor();
      assert.ok(await page.locator('.zoom').isHidden());
      await page.waitForURL(/values=/);
      await zoomed.click();
      await zoomed.waitFor({ state: 'hidden' });
      await card(page, 'train/norm').locator('.plot').focus();
      await page.keyboard.press('Shift+ArrowUp');
      await zoomed.waitFor();
      await page.keyboard.press('Escape');
      await zoomed.waitFor({ state: 'hidden' });
    });

    test('get a logarithmic axis one by one', async () => {
      await card(page, 'loss').locator('summary').click();
      await card(page, 'loss').getByRole('button', { name: 'Logarithmic y axis' }).click();
      await page.waitForURL(/otherScale=loss/);
      await settled(page);
      const log = ticks((await saved(page, 'loss', 'SVG')).toString());
      assert.ok(log.includes(10) && log.includes(100), log.join());
      const linear = ticks((await saved(page, 'val.loss', 'SVG')).toString());
      assert.ok(!linear.includes(10), linear.join());
      await card(page, 'loss').locator('summary').click();
      await card(page, 'loss').getByRole('button', { name: 'Linear y axis' }).click();
    });

    test('share one x range, or have one each', async () => {
      const last = async () => {
        const svg = (await saved(page, 'val.loss', 'SVG')).toString();
        const labels = svg.matchAll(/text-anchor="middle">([\d.]+)</g);
        return Math.min(...Array.from(labels, ([, label]) => Number(label)));
      };
      assert.equal(await last(), 0);
      await page.getByRole('button', { name: 'align: the same x range' }).click();
      await page.waitForURL(/ownRange=1/);
      await settled(page);
      assert.ok((await last()) >= 49);
      await page.getByRole('button', { name: 'align: the same x range' }).click();
    });

    test('are saved as images, and their numbers as a table', async () => {
      const png = await saved(page, 'loss', 'PNG');
      assert.equal(png.subarray(1, 4).toString(), 'PNG');
      assert.ok(png.readUInt32BE(16) > 300 && png.readUInt32BE(20) > 200);
      const csv = (await saved(page, 'loss', 'CSV')).toString().trimEnd().split('\n');
      assert.equal(csv[0], 'run,metric,step,value');
      assert.equal(csv.length, 1 + 6 * 100);
      assert.ok(csv.includes('lr1-seed0.json,loss,30,1000'));
      const svg = (await saved(page, 'loss', 'SVG')).toString();
      assert.match(svg, /^<svg /);
      assert.match(svg, />lr2-seed1<\/text>/);
    });

    test('raised no error in the browser in any of these tests', () =>
      assert.deepEqual(opened.faults, []));
  });
}

test('controls are hidden where they have no effect', { skip: noBrowser }, async () => {
  const { url } = await serve([logs().directory]);
  const { page } = await open(url);
  await drawn(page, 'loss');
  await page.locator('.tab').nth(1).click();
  for (const name of ['x axis: step', 'Logarithmic y axis', 'clip: leave']) {
    assert.ok(await page.getByRole('button', { name }).isHidden(), name);
  }
  assert.ok(await page.locator('.smoothing').isHidden());
  await page.getByLabel('Only what differs').waitFor();
  await page.close();
  // With one run there is nothing that differs.
  const alone = await open(`${(await serve(logs().paths.slice(0, 1))).url}#tab=table`);
  await alone.page.locator('.table tbody th').waitFor();
  assert.ok(await alone.page.getByLabel('Only what differs').isHidden());
  await alone.page.close();
});

test('the keyboard gets past the controls at once', { skip: noBrowser }, async () => {
  const { url } = await serve([logs().directory]);
  const { page } = await open(url);
  await drawn(page, 'loss');
  const address = page.url();
  await page.keyboard.press('Tab');
  assert.equal(
    await page.evaluate(() => document.activeElement?.textContent),
    'Skip to the content',
  );
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'content');
  assert.equal(page.url(), address);
  await page.close();
});

for (const kind of ['served', 'saved'] as const) {
  test(`problems of a ${kind} log are listed with line and reason`, {
    skip: noBrowser,
  }, async () => {
    const directory = folder();
    const path = join(directory, 'broken.json');
    const whole = join(directory, 'whole.json');
    writeFileSync(path, `${log(1, 0)}DLLL {"broken\n`);
    writeFileSync(whole, log(1, 1));
    let url: string;
    if (kind === 'served') ({ url } = await serve([directory]));
    else {
      const file = join(directory, 'page.html');
      await dllogger(['plot', '--html', file, path, whole]);
      url = pathToFileURL(file).href;
    }
    const { page } = await open(url);
    await drawn(page, 'loss');
    const line = log(1, 0).split('\n').length;
    assert.ok(await row(page, 'whole').locator('.problems').isHidden());
    await row(page, 'broken').locator('.problems').click();
    const list = page.getByRole('dialog', { name: 'Problems of broken.json' });
    assert.match(await list.innerText(), new RegExp(`1 problem\\s+line ${line}\\s+\\S`));
    await page.keyboard.press('Escape');
    await list.waitFor({ state: 'detached' });
    await page.close();
  });
}

test('on a phone the runs and the controls open as drawers', { skip: noBrowser }, async () => {
  const { url } = await serve([logs().directory]);
  const { page } = await open(url, { width: 390, height: 800, touch: true });
  await drawn(page, 'loss');
  const side = page.locator('.side');
  assert.ok(await side.isHidden());
  const runs = page.getByRole('button', { name: 'Runs', exact: true });
  await runs.click();
  await side.waitFor();
  assert.equal(await runs.getAttribute('aria-expanded'), 'true');
  await page.touchscreen.tap(380, 500);
  await side.waitFor({ state: 'hidden' });
  const view = page.getByRole('button', { name: 'View', exact: true });
  assert.ok(await page.locator('.smoothing').isHidden());
  await view.click();
  await page.locator('.smoothing').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.smoothing').waitFor({ state: 'hidden' });
  await page.close();
});
