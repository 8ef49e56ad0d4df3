/// <reference lib="dom" />
/** The dashboard without logs, without its server, saved by plot, and on a narrow screen. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { noBrowser, open } from './support/browser.js';
import { dllogger } from './support/cli.js';
import { card, cards, drawn, EVIL, folder, run } from './support/dashboard.js';
import { serve } from './support/serve.js';
import { trainingLog } from './support/training.js';

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
    await page.getByText('connection lost, trying again').waitFor();
    assert.equal(await card(page, 'loss').locator('canvas').count(), 1);
    writeFileSync(join(directory, 'another.json'), run(2));
    const again = await serve(['--port', new URL(server.url).port, directory]);
    assert.equal(again.url, server.url);
    await page.getByText('connection lost').waitFor({ state: 'detached' });
    await page.locator('.runs li', { hasText: 'another.json' }).waitFor();
    await page.close();
  });
});

describe('a page that plot saved', { skip: noBrowser }, () => {
  test('needs no server and no network, and does all the same', async () => {
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
    await page.getByRole('button', { name: 'Parameters' }).click();
    assert.match(await page.locator('.parameters').innerText(), /resnet50/);
    assert.deepEqual(faults, []);
    for (const url of requests) assert.match(url, /^(file|data):/);
    await page.close();
  });
});

describe('with more metrics than anybody looks through', { skip: noBrowser }, () => {
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
