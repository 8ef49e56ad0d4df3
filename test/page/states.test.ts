/// <reference lib="dom" />
/** The dashboard without logs, without its server, saved by plot, and on a narrow screen. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { noBrowser, open } from '../support/browser.js';
import { dllogger } from '../support/cli.js';
import { card, cards, drawn, EVIL, folder, run } from '../support/dashboard.js';
import { isLong } from '../support/long.js';
import { serve } from '../support/serve.js';
import { trainingLog } from '../support/training.js';

describe('without any log', { skip: noBrowser }, () => {
  test('the page says where it looks and what to do, and fills itself', async () => {
    const directory = folder();
    const server = await serve([directory]);
    const { page, faults } = await open(server.url);
    await page.getByText('No logs yet').waitFor();
    assert.match(await page.locator('.empty').innerText(), /JSONStreamBackend/);
    assert.ok((await page.locator('.empty code').innerText()).endsWith(directory));
    writeFileSync(join(directory, 'first.json'), run(1));
    await drawn(page, 'loss');
    await page.locator('.empty').waitFor({ state: 'hidden' });
    assert.deepEqual(faults, []);
    await page.close();
  });
});

describe('when the server ends', { skip: noBrowser }, () => {
  test('the page says so, keeps what it shows, and comes back with a new one', async () => {
    const directory = folder();
    writeFileSync(join(directory, 'run.json'), run(1));
    const server = await serve([directory]);
    const { page } = await open(server.url);
    await drawn(page, 'loss');
    await server.end();
    await page.getByText('offline, trying again').waitFor();
    // On a narrow screen the sign and the first word stay.
    await page.setViewportSize({ width: 390, height: 800 });
    const state = await page.locator('.connection').evaluate((one) => {
      const [sign, text] = [...one.children].map((part) => part.getBoundingClientRect());
      const { left, right } = one.getBoundingClientRect();
      return { sign: sign?.width, isIn: sign && text && sign.left >= left && text.right <= right };
    });
    assert.deepEqual(state, { sign: 8, isIn: true });
    await page.setViewportSize({ width: 1200, height: 800 });
    assert.equal(await card(page, 'loss').locator('canvas').count(), 1);
    writeFileSync(join(directory, 'another.json'), run(2));
    const again = await serve(['--port', new URL(server.url).port, directory]);
    assert.equal(again.url, server.url);
    await page.getByText('offline').waitFor({ state: 'detached' });
    await page.locator('.runs li', { hasText: 'another' }).waitFor();
    await page.close();
  });
});

describe('a page that plot saved', { skip: noBrowser }, () => {
  test('needs no server and no network, and works like the dashboard', async () => {
    const directory = folder();
    const logs = [1, 2].map((number) => {
      const path = join(directory, `run-${number}.json`);
      writeFileSync(path, run(number));
      return path;
    });
    const file = join(directory, 'page.html');
    const { code, stderr } = await dllogger(['plot', '--html', file, ...logs]);
    assert.deepEqual([code, stderr], [0, '']);
    const { page, faults, requests } = await open(pathToFileURL(file).href);
    await drawn(page, 'loss');
    assert.deepEqual(await cards(page), ['loss', 'lr', EVIL, 'val.loss']);
    await page.getByRole('button', { name: 'x axis: epoch' }).click();
    await page.locator('.smoothing input').fill('0.5');
    const box = await card(page, 'loss').locator('.u-over').boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + 50, box.y + 50);
    await page.mouse.move(box.x + 52, box.y + 50);
    await card(page, 'loss').locator('.tooltip .raw').first().waitFor();
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    assert.match(await page.locator('.table').innerText(), /resnet50/);
    assert.deepEqual(faults, []);
    for (const url of requests) assert.match(url, /^(file|data):/);
    await page.close();
  });
});

describe('with a thousand metrics', { skip: noBrowser }, () => {
  test('the page shows the first ones, draws those in view, and finds the others', async () => {
    const directory = folder();
    const names = Array.from({ length: 1000 }, (_, i) => `metric.${i}`);
    const values = (step: number) => Object.fromEntries(names.map((name) => [name, step]));
    writeFileSync(join(directory, 'wide.json'), trainingLog({ values }));
    const server = await serve([directory]);
    const { page, queries, faults } = await open(server.url);
    await drawn(page, 'metric.0');
    await page.getByText('700 more metrics: filter them by name').waitFor();
    assert.equal((await cards(page)).length, 300);
    assert.ok((queries.at(-1)?.metrics.length ?? 0) < 20);
    assert.ok((await page.locator('canvas').count()) < 20);
    await page.getByRole('searchbox').fill('999');
    await drawn(page, 'metric.999');
    assert.deepEqual(await cards(page), ['metric.999']);
    assert.deepEqual(faults, []);
    await page.close();
  });
});

describe('on a narrow screen', { skip: noBrowser }, () => {
  test('nothing is wider than the page', async () => {
    const directory = folder();
    writeFileSync(join(directory, `${'a-long-name-'.repeat(8)}.json`), run(1));
    const server = await serve([directory]);
    const { page } = await open(server.url, { width: 400, height: 800 });
    await drawn(page, 'loss');
    const overhang = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(overhang, 0);
    await page.close();
  });
});

describe('the size of charts', { skip: noBrowser }, () => {
  test('is as large as the window allows where there are few, and readable where there are many', async () => {
    for (const [count, least] of [
      [1, 500],
      [3, 300],
      [30, 210],
    ] as const) {
      const directory = folder();
      const names = Array.from({ length: count }, (_, i) => `metric.${i}`);
      const values = (step: number) => Object.fromEntries(names.map((name) => [name, step]));
      writeFileSync(join(directory, 'run.json'), trainingLog({ values }));
      const server = await serve([directory]);
      const { page } = await open(server.url, { width: 1440, height: 900 });
      await drawn(page, 'metric.0');
      const heights = await page
        .locator('.plot')
        .evaluateAll((all) => all.map((one) => one.clientHeight));
      assert.ok(
        heights.every((height) => height >= least),
        `${count}: ${heights[0]}`,
      );
      const bottom = await page.evaluate(() => document.documentElement.scrollHeight);
      if (count <= 3) assert.ok(bottom <= 900, `${count} charts end at ${bottom}`);
      await page.close();
    }
  });
});

describe('on paper', { skip: noBrowser }, () => {
  test('all charts are drawn in light colours, and the screen is then as before', async () => {
    const directory = folder();
    const names = Array.from({ length: 30 }, (_, i) => `metric.${i}`);
    const values = (step: number) => Object.fromEntries(names.map((name) => [name, step]));
    const log = join(directory, 'run.json');
    writeFileSync(log, trainingLog({ values }));
    const saved = join(directory, 'page.html');
    assert.equal((await dllogger(['plot', '--html', saved, log])).code, 0);
    const server = await serve([log]);
    for (const url of isLong ? [server.url, pathToFileURL(saved).href] : [server.url]) {
      const { page, faults } = await open(url, { dark: true });
      await drawn(page, 'metric.0');
      const before = await page.locator('canvas').count();
      assert.ok(before < 30);
      await page.evaluate(() => {
        addEventListener('beforeprint', () => {
          const inked = [...document.querySelectorAll('canvas')].filter((canvas) => {
            const { data } = canvas
              .getContext('2d')
              ?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
            return data.some((value, at) => at % 4 === 3 && value > 200);
          });
          document.body.dataset.inked = String(inked.length);
          document.body.dataset.back = getComputedStyle(document.body).backgroundColor;
          const breaks = [...document.querySelectorAll('.card')].map(
            (one) => getComputedStyle(one).breakInside,
          );
          document.body.dataset.breaks = [...new Set(breaks)].join();
        });
      });
      await page.pdf();
      const { inked, back, breaks } = await page.evaluate(() => ({ ...document.body.dataset }));
      assert.deepEqual([inked, back, breaks], ['30', 'rgb(246, 247, 248)', 'avoid']);
      await page.waitForFunction(
        (most) => document.querySelectorAll('canvas').length <= most,
        before,
      );
      assert.deepEqual(faults, []);
      await page.close();
    }
  });
});
