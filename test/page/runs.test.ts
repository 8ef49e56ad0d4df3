/// <reference lib="dom" />
/** Navigating many runs: the list at the side. */
import assert from 'node:assert/strict';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { noBrowser, type Opened, open } from '../support/browser.js';
import { dllogger } from '../support/cli.js';
import { card, drawn, folder, row } from '../support/dashboard.js';
import { serve } from '../support/serve.js';
import { trainingLog } from '../support/training.js';

const RATES = [0.01, 0.003, 0.03, 0.001];
const SEEDS = [1, 2, 3];

/** Twelve runs: four learning rates, three seeds; started in another order than that of their names. */
function sweep(): { directory: string; paths: string[] } {
  const directory = folder();
  const paths: string[] = [];
  for (const [i, lr] of RATES.entries()) {
    for (const seed of SEEDS) {
      const name = `imagenet-resnet50-with-a-long-name-lr${lr}-seed${seed}.json`;
      const path = join(directory, name);
      const log = trainingLog({
        parameters: { lr, seed, model: 'resnet50' },
        begin: (i * 7919 + seed * 104_729) % 5000,
        iterations: 20 + i,
        values: (step) => ({ loss: lr * 100 + seed / 10 + Math.exp(-step / 10) }),
      });
      writeFileSync(path, log);
      paths.push(path);
    }
  }
  return { directory, paths };
}

const listed = (page: Page) => page.locator('.runs .name').allTextContents();
const checked = (page: Page) =>
  page
    .locator('.runs li', { has: page.locator('input:checked') })
    .locator('.name')
    .allTextContents();

describe('the list of runs', { skip: noBrowser }, () => {
  const { directory } = sweep();
  let opened: Opened;
  let page: Page;

  before(async () => {
    const { url } = await serve([directory]);
    opened = await open(url, { width: 1440, height: 900 });
    page = opened.page;
    await page.locator('.runs li').nth(11).waitFor();
    await drawn(page, 'loss');
    await page.getByText('12', { exact: true }).waitFor();
  });

  test('leaves out what all names share, and orders names by their numbers', async () => {
    const expected = [0.001, 0.003, 0.01, 0.03].flatMap((lr) =>
      SEEDS.map((seed) => `lr${lr}-seed${seed}`),
    );
    assert.deepEqual(await listed(page), expected);
  });

  test('has one line for each run, however long its name is', async () => {
    const heights = await page
      .locator('.runs li')
      .evaluateAll((rows) => rows.map((one) => one.clientHeight));
    assert.ok(
      heights.every((height) => height >= 24 && height <= 32),
      heights.join(),
    );
  });

  test('finds runs by words, globs, expressions and exclusions, and shows or hides what it found', async () => {
    const find = page.getByRole('searchbox', { name: 'Find runs by name' });
    await find.fill('lr0.01 -seed2');
    assert.deepEqual(await listed(page), ['lr0.01-seed1', 'lr0.01-seed3']);
    await page.getByRole('button', { name: 'Show only the runs that match' }).click();
    await find.fill('');
    assert.deepEqual(await checked(page), ['lr0.01-seed1', 'lr0.01-seed3']);
    await page.getByText('2 of 12').waitFor();
    await find.fill('0.03-seed[23]$');
    assert.deepEqual(await listed(page), ['lr0.03-seed2', 'lr0.03-seed3']);
    await page.getByRole('button', { name: 'Show the runs that match' }).click();
    await find.fill('lr*seed3');
    assert.equal((await listed(page)).length, 4);
    await page.getByRole('button', { name: 'Hide the runs that match' }).click();
    await find.fill('^(no');
    assert.equal(await find.getAttribute('aria-invalid'), 'true');
    assert.match((await find.getAttribute('title')) ?? '', /not a regular expression/);
    await find.fill('nothing like it');
    await page.getByText('No run matches').waitFor();
    await find.fill('');
    assert.deepEqual(await checked(page), ['lr0.01-seed1', 'lr0.03-seed2']);
    await page.getByRole('button', { name: 'all', exact: true }).click();
    assert.equal((await checked(page)).length, 12);
  });

  test('sorts by name, by time, and by a parameter, both ways', async () => {
    const sort = page.getByLabel('Sort runs by');
    assert.deepEqual(await sort.locator('option').allTextContents(), [
      ...['name', 'started', 'duration', 'lr', 'seed', 'loss last'],
    ]);
    await sort.selectOption('seed');
    const seeds = async () => (await listed(page)).map((name) => name.slice(-1)).join('');
    assert.equal(await seeds(), '111122223333');
    await page.getByRole('button', { name: 'Ascending order' }).click();
    assert.equal(await seeds(), '333322221111');
    await page.waitForURL(/order=-parameter:seed/);
    await sort.selectOption('started');
    const begins = await listed(page);
    const expected = RATES.flatMap((lr, i) =>
      SEEDS.map((seed) => ({
        name: `lr${lr}-seed${seed}`,
        begin: (i * 7919 + seed * 104_729) % 5000,
      })),
    ).sort((a, b) => a.begin - b.begin);
    assert.deepEqual(
      begins,
      expected.map(({ name }) => name),
    );
    await sort.selectOption('name');
  });

  test('lets a run that is pointed at stand out in every chart', async () => {
    const canvas = card(page, 'loss').locator('canvas');
    const count = (color: string) =>
      canvas.evaluate((found, wanted) => {
        const { width, height } = found as HTMLCanvasElement;
        const context = (found as HTMLCanvasElement).getContext('2d');
        const pixels = context?.getImageData(0, 0, width, height).data ?? [];
        let same = 0;
        for (let at = 0; at < pixels.length; at += 4) {
          const [r, g, b] = [pixels[at], pixels[at + 1], pixels[at + 2]];
          if (`rgb(${r}, ${g}, ${b})` === wanted && pixels[at + 3] === 255) same++;
        }
        return same;
      }, color);
    /** Charts are drawn some frames after the list. */
    const untilDrawn = async (isDrawn: () => Promise<boolean>) => {
      for (let frame = 0; frame < 300 && !(await isDrawn()); frame++) {
        await page.evaluate(() => new Promise(requestAnimationFrame));
      }
    };
    const [first, second] = await page
      .locator('.runs .swatch')
      .evaluateAll((all) => all.map((one) => getComputedStyle(one).stroke));
    assert.ok(first !== undefined && second !== undefined && first !== second);
    assert.ok((await count(second)) > 100);
    await page.locator('.runs li').first().hover();
    await page.locator('.runs li.pointed').waitFor();
    await untilDrawn(async () => (await count(first)) > 100 && (await count(second)) === 0);
    assert.ok((await count(first)) > 100);
    assert.equal(await count(second), 0);
    await page.mouse.move(700, 5);
    await page.locator('.runs li.pointed').waitFor({ state: 'detached' });
    await untilDrawn(async () => (await count(second)) > 100);
    assert.ok((await count(second)) > 100);
    // The other way round: pointing at a line meets no fault.
    await card(page, 'loss').locator('.u-over').hover();
    await card(page, 'loss').locator('.plot').focus();
    await page.keyboard.press('End');
    await page.mouse.move(700, 5);
  });

  test('has boxes large enough for a finger', async () => {
    for (const box of await page.locator('.runs input').all()) {
      const size = await box.boundingBox();
      assert.ok(size && size.width >= 24 && size.height >= 24);
    }
  });

  test('raised no error in the browser in any of these tests', () =>
    assert.deepEqual(opened.faults, []));
});

/** Counts the pixels with a run's colour among the letters of texts, of which all are grey. */
async function coloredIn(page: Page, texts: Locator): Promise<number> {
  const boxes = await texts.evaluateAll((all) =>
    all.map((one) => {
      one.closest('svg')?.scrollIntoView({ block: 'center' });
      return one.getBoundingClientRect().toJSON() as DOMRect;
    }),
  );
  const picture = (await page.screenshot()).toString('base64');
  return page.evaluate(
    async ({ boxes, picture }) => {
      const bytes = Uint8Array.from(atob(picture), (one) => one.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes]));
      const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
      context?.drawImage(image, 0, 0);
      let count = 0;
      for (const { x, y, width, height } of boxes) {
        const part = [Math.ceil(x), Math.ceil(y + height / 3), Math.floor(width), 4] as const;
        const pixels = context?.getImageData(...part).data ?? [];
        for (let at = 0; at < pixels.length; at += 4) {
          const color = [pixels[at], pixels[at + 1], pixels[at + 2]].map(Number);
          if (Math.max(...color) - Math.min(...color) > 60) count++;
        }
      }
      return count;
    },
    { boxes, picture },
  );
}

describe('the list of many runs', { skip: noBrowser }, () => {
  let opened: Opened;
  let page: Page;

  before(async () => {
    const directory = folder();
    const rates = ['0.1', '0.01', '0.001', '1e-05'];
    for (const [i, rate] of rates.entries()) {
      for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
        const log = trainingLog({
          parameters: {
            seed,
            optimizer: `adam-with-a-long-name-${9 - i}`,
            rate,
            momentum: i * seed,
          },
          values: (step) => ({ loss: step + seed + i, accuracy: 1 / (step + 1) }),
        });
        const path = join(directory, `imagenet-resnet50-cosine_lr${rate}_seed${seed}.json`);
        writeFileSync(path, seed === 8 ? `${log}DLLL {"timestamp": "17` : log);
        // In an old log an unfinished record is a problem.
        utimesSync(path, 1_790_000_000, 1_790_000_000);
      }
    }
    writeFileSync(join(directory, 'baseline.json'), trainingLog({ values: () => ({ loss: 1 }) }));
    opened = await open((await serve([directory])).url, { width: 1000, height: 420 });
    page = opened.page;
    await page.locator('.runs li').nth(32).waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    await page.locator('.relations svg').nth(1).waitFor();
  });

  test('shortens names before a word, and cuts no number', async () => {
    const tails = await page.locator('.runs .tail').allTextContents();
    const words = new Set(tails.slice(1).map((tail) => tail.replace(/\d$/, '')));
    assert.deepEqual(
      [...words].sort(),
      ['lr0.001_seed', 'lr0.01_seed', 'lr0.1_seed', 'lr1e-05_seed'].sort(),
    );
    for (const tail of await page.locator('.runs li:nth-child(-n+5) .tail').all()) {
      const whole = await tail.evaluate((one) => one.scrollWidth <= one.clientWidth + 1);
      const [own, list] = [await tail.boundingBox(), await page.locator('.runs').boundingBox()];
      assert.ok(whole && own && list && own.x + own.width <= list.x + list.width);
    }
  });

  test('leaves the room beside a count of problems to the name', async () => {
    const broken = row(page, 'imagenet-resnet50-cosine_lr0.1_seed8');
    assert.equal(await broken.locator('.about').innerText(), '');
    assert.ok(await broken.locator('.problems').isVisible());
    const whole = row(page, 'imagenet-resnet50-cosine_lr0.1_seed7');
    assert.match(await whole.locator('.about').innerText(), /s$/);
  });

  for (const width of [1000, 1440]) {
    test(`stays whole below the toolbar while the page scrolls, ${width} pixels wide`, async () => {
      await page.setViewportSize({ width, height: 420 });
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      assert.ok((await page.evaluate(() => scrollY)) > 60);
      await page.locator('.runs').evaluate((list) => list.scrollTo(0, list.scrollHeight));
      const bar = await page.locator('.toolbar').boundingBox();
      const find = await page.getByLabel('Find runs by name').boundingBox();
      const last = await page.locator('.runs li').last().boundingBox();
      assert.ok(bar && find && last);
      assert.ok(find.y >= bar.y + bar.height, `${find.y} below ${bar.y + bar.height}`);
      assert.ok(last.y + last.height <= 420, `the last row at ${last.y}`);
      assert.ok(last.y + last.height > 390, `the last row at ${last.y}`);
    });
  }

  test('fills the height of a narrow window', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('button', { name: 'Runs', exact: true }).click();
    await page.getByLabel('Find runs by name').fill('seed1');
    const drawer = await page.locator('.side').boundingBox();
    assert.deepEqual([drawer?.y, drawer?.height], [0, 844]);
    await page.getByLabel('Find runs by name').fill('');
    await page.keyboard.press('Escape');
  });

  for (const width of [1280, 390]) {
    test(`has drawings whose labels keep between their axes, ${width} pixels wide`, async () => {
      await page.setViewportSize({ width, height: 844 });
      // Waits until the drawings have the new width.
      await page.waitForFunction(() => {
        const drawing = document.querySelector('.relations svg:has(.run)');
        return drawing && drawing.clientWidth === drawing.parentElement?.clientWidth;
      });
      const crossed = await page.locator('.relations svg:has(.run)').evaluate((drawing) => {
        const axes = [...drawing.querySelectorAll('.axis')].map(
          (axis) => axis.getBoundingClientRect().x,
        );
        const inner = [...drawing.querySelectorAll('.tick')].map((tick) => ({
          text: tick.textContent,
          box: tick.getBoundingClientRect(),
        }));
        // What is cut still tells the texts of an axis apart.
        const texts = inner.map(({ text, box }) => `${text} right of ${Math.round(box.right)}`);
        if (new Set(texts).size < texts.length) return texts;
        return inner
          .filter(({ box }) => axes.some((x) => box.left < x - 1 && x + 1 < box.right))
          .map(({ text }) => text);
      });
      assert.deepEqual(crossed, []);
      // Of the numbers, whose points are small.
      const points = page.locator('.relations svg:has(.run) .tick', { hasText: /^0\.\d+$/ });
      // A narrow page has fewer axes.
      assert.ok(width < 900 || (await points.count()) > 0);
      // A line through all the letters has some thirty pixels there.
      assert.ok((await coloredIn(page, points)) < 8);
    });
  }

  test('raised no error in the browser in any of these tests', () =>
    assert.deepEqual(opened.faults, []));
});

test('a run has the same colour in the dashboard, in a saved page and in an image', {
  skip: noBrowser,
}, async () => {
  const { directory, paths } = sweep();
  const colorsOf = async (url: string) => {
    const { page } = await open(url);
    await row(page, 'imagenet').nth(11).waitFor();
    await drawn(page, 'loss');
    const found = await page.locator('.runs li').evaluateAll((rows) =>
      rows.map((one) => {
        const swatch = one.querySelector('.swatch');
        const line = swatch?.querySelector('path');
        if (!swatch || !line) throw new Error('no swatch');
        const dash = line.getAttribute('stroke-dasharray') ?? '';
        return [one.querySelector('.name')?.textContent, getComputedStyle(swatch).stroke, dash];
      }),
    );
    await page.close();
    return found;
  };
  const served = await colorsOf((await serve([directory])).url);
  assert.equal(new Set(served.map(([, color, dash]) => `${color} ${dash}`)).size, 12);
  const saved = join(directory, 'page.html');
  assert.equal((await dllogger(['plot', '--html', saved, ...paths])).code, 0);
  assert.deepEqual(await colorsOf(pathToFileURL(saved).href), served);
  const { stdout } = await dllogger(['plot', '--svg', '-', ...paths.toReversed()]);
  for (const [name, color, dash] of served) {
    const entry = new RegExp(`<path class="curve (line\\d+)"([^>]*)/><text[^>]*>${name}</text>`);
    const [, line, attributes = ''] = entry.exec(stdout) ?? [];
    const hex = new RegExp(`\\.${line}\\{stroke:#(\\w{2})(\\w{2})(\\w{2})\\}`).exec(stdout);
    const rgb = hex?.slice(1).map((part) => Number.parseInt(part, 16));
    assert.equal(`rgb(${rgb?.join(', ')})`, color, name ?? '');
    assert.equal(/stroke-dasharray="([^"]*)"/.exec(attributes)?.[1] ?? '', dash, name ?? '');
  }
});

describe('the list of runs by their results', { skip: noBrowser }, () => {
  test('has the best first where the log says what is best, and shows the value', async () => {
    const directory = folder();
    for (const [i, accuracy] of [0.71, 0.9, 0.85].entries()) {
      const log = trainingLog({
        metadata: { accuracy: { GOAL: 'MAXIMIZE', format: ':.1%' } },
        values: (step) => ({ loss: i + 1 / (step + 1), accuracy: accuracy - step / 1000 }),
      });
      writeFileSync(join(directory, `run-${i}.json`), log);
    }
    // A run without any metric, and one whose metric ends in NaN.
    writeFileSync(join(directory, 'run-3.json'), trainingLog({ values: () => ({}) }));
    const bad = trainingLog({ values: (step) => ({ loss: 1, accuracy: step < 9 ? 0.5 : 'nan' }) });
    writeFileSync(join(directory, 'run-4.json'), bad.replaceAll('"nan"', 'NaN'));
    const { page, faults } = await open((await serve([directory])).url);
    await page.locator('.runs li').nth(4).waitFor();
    await drawn(page, 'loss');
    const sort = page.getByLabel('Sort runs by');
    assert.deepEqual(await sort.locator('optgroup').last().locator('option').allTextContents(), [
      ...['accuracy best', 'accuracy last', 'loss last'],
    ]);
    await sort.selectOption('accuracy best');
    const first = page.locator('.runs li').first();
    await first.getByText('90.0%').waitFor();
    await page.waitForURL(/order=-best:accuracy/);
    assert.deepEqual(
      (await listed(page)).map((name) => name.slice(-1)),
      ['1', '2', '0', '4', '3'],
    );
    await sort.selectOption('loss last');
    await page.waitForURL(/order=last:loss/);
    assert.equal((await listed(page)).map((name) => name.slice(-1)).join(''), '04123');
    assert.deepEqual(faults, []);
    await page.close();
  });
});
