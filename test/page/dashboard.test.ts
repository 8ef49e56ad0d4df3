/// <reference lib="dom" />
/** The dashboard in a real browser, over logs that change while they are shown. */
import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { noBrowser, type Opened, open, settled } from '../support/browser.js';
import { card, cards, drawn, EVIL, folder, run } from '../support/dashboard.js';
import { times } from '../support/long.js';
import { serveHere } from '../support/serve.js';
import { trainingLog } from '../support/training.js';

// Each test can run alone, by --test-name-pattern, and leaves the page as it was. The first three need a folder with the
// logs of before() only: tests that add logs follow them.
describe('the dashboard', { skip: noBrowser }, () => {
  const directory = folder();
  let url: string;
  let opened: Opened;
  let page: Page;

  before(async () => {
    writeFileSync(join(directory, 'run-1.json'), run(1));
    writeFileSync(join(directory, 'run-2.json'), run(2));
    ({ url } = await serveHere({ logs: [], folders: [directory] }));
    opened = await open(url);
    page = opened.page;
    await drawn(page, 'val.loss');
  });

  /** Waits until the latest query meets a condition. */
  async function asked(isSo: (query: Opened['queries'][number]) => boolean): Promise<void> {
    while (!isSo(opened.queries.at(-1) ?? { axis: '', smoothing: 0, metrics: [] })) {
      await page.waitForRequest(/series$/, { timeout: 2000 }).catch(() => {});
    }
  }

  /** Moves the pointer over a chart, to a share of its width. */
  async function pointAt(metric: string, share = 0.5): Promise<void> {
    const over = card(page, metric).locator('.u-over');
    // Waits for a chart that is being redrawn.
    await over.hover();
    const box = await over.boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + box.width * share - 3, box.y + box.height / 2);
    await page.mouse.move(box.x + box.width * share, box.y + box.height / 2);
  }

  test('shows every metric of every run, and loads nothing from elsewhere', async () => {
    assert.deepEqual(await cards(page), ['loss', 'lr', EVIL, 'val.loss']);
    const names = await page.locator('.runs .name').allTextContents();
    assert.deepEqual(names, ['run-1', 'run-2']);
    assert.match(await page.locator('.connection').innerText(), /connected/);
    for (const asked of opened.requests) assert.ok(asked.startsWith(url), asked);
    assert.deepEqual(opened.faults, []);
  });

  test('shows names that hold HTML as text', async () => {
    assert.equal(await page.locator('main img').count(), 0);
    assert.equal(await card(page, EVIL).locator('h3').textContent(), EVIL);
  });

  test('draws a run in the colour of the list, in every chart', async () => {
    // All at one moment: the list is drawn anew while logs are read.
    const colors = await page
      .locator('.runs .swatch')
      .evaluateAll((all) => all.map((swatch) => getComputedStyle(swatch).stroke));
    assert.equal(colors.length, 2);
    for (const metric of ['loss', 'lr', 'val.loss']) {
      for (const color of colors) {
        const found = await card(page, metric)
          .locator('canvas')
          .evaluate((canvas, wanted) => {
            const { width, height } = canvas as HTMLCanvasElement;
            const context = (canvas as HTMLCanvasElement).getContext('2d');
            const pixels = context?.getImageData(0, 0, width, height).data ?? [];
            let count = 0;
            for (let at = 0; at < pixels.length; at += 4) {
              const [r, g, b] = [pixels[at], pixels[at + 1], pixels[at + 2]];
              if (`rgb(${r}, ${g}, ${b})` === wanted) count++;
            }
            return count;
          }, color);
        assert.ok(found > 20, `${found} pixels of ${color} in ${metric}`);
      }
    }
  });

  test('shows the values of all runs at the pointer, and the same place in all charts', async () => {
    await pointAt('loss');
    const tooltip = card(page, 'loss').locator('.tooltip');
    await tooltip.waitFor();
    const rows = await tooltip.locator('tr').allInnerTexts();
    assert.equal(rows.length, 2);
    assert.match(rows[0] ?? '', /run-2\s+175/);
    assert.match(rows[1] ?? '', /run-1\s+75/);
    assert.match(await tooltip.locator('p').first().innerText(), /^step (99|100)$/);
    const elsewhere = card(page, 'lr').locator('.u-cursor-x');
    assert.match((await elsewhere.getAttribute('style')) ?? '', /translate\(\d{2,}/);
    assert.ok(await card(page, 'lr').locator('.tooltip').isHidden());
    await page.mouse.move(5, 5);
    await tooltip.waitFor({ state: 'hidden' });
  });

  test('zooms all charts to the range that is dragged over in one, and out again', async () => {
    await pointAt('loss', 0.25);
    await page.mouse.down();
    await pointAt('loss', 0.5);
    await page.mouse.up();
    await asked(({ range }) => range !== undefined);
    const [from = 0, to = 0] = opened.queries.at(-1)?.range ?? [];
    assert.ok(Math.abs(from - 50) < 3 && Math.abs(to - 100) < 3, `${from} to ${to}`);
    assert.ok((opened.queries.at(-1)?.metrics.length ?? 0) >= 3);
    assert.match(await page.locator('.zoom').innerText(), /^step \d+ – \d+/);
    await page.keyboard.press('Escape');
    await asked(({ range }) => range === undefined);
    await page.locator('.zoom').waitFor({ state: 'hidden' });
    await pointAt('lr', 0.2);
    await page.mouse.down();
    await pointAt('lr', 0.4);
    await page.mouse.up();
    await asked(({ range }) => range !== undefined);
    await card(page, 'loss').locator('.u-over').dblclick();
    await asked(({ range }) => range === undefined);
  });

  test('has step, epoch, time and elapsed time on the x axis', async () => {
    for (const axis of ['epoch', 'time', 'elapsed', 'step']) {
      await page.getByRole('button', { name: `x axis: ${axis}` }).click();
      await asked((query) => query.axis === axis);
    }
  });

  test('smooths by the slider, with the keyboard too, and keeps the points behind', async () => {
    await page.locator('.smoothing input').focus();
    await page.keyboard.press('PageUp');
    await asked(({ smoothing }) => smoothing > 0);
    await pointAt('loss');
    await card(page, 'loss').locator('.tooltip .raw').first().waitFor();
    await page.locator('.smoothing input').focus();
    await page.keyboard.press('Home');
    await asked(({ smoothing }) => smoothing === 0);
  });

  test('has a logarithmic axis, and says where it has no use', async () => {
    const path = join(directory, 'negative.json');
    writeFileSync(path, trainingLog({ values: (step) => ({ debt: -1 - step }) }));
    await drawn(page, 'debt');
    const log = page.getByRole('button', { name: 'Logarithmic y axis' });
    await log.click();
    await card(page, 'debt').getByText('nothing above 0: linear').waitFor();
    assert.equal(await card(page, 'lr').locator('.badge').innerText(), '');
    await log.click();
    await card(page, 'debt').getByText('nothing above 0: linear').waitFor({ state: 'detached' });
  });

  test('filters metrics by words, from the keyboard', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('LOSS val');
    assert.deepEqual(await cards(page), ['val.loss']);
    await page.keyboard.type('xyz');
    await page.getByText('No metric matches').waitFor();
    await page.getByRole('button', { name: 'Show all metrics' }).click();
    assert.ok((await cards(page)).length >= 4);
  });

  test('shows the runs that are chosen', async () => {
    await page.getByRole('button', { name: 'Show only run-2.json' }).click();
    await pointAt('loss');
    const tooltip = card(page, 'loss').locator('.tooltip');
    await tooltip.locator('tr').first().waitFor();
    assert.equal(await tooltip.locator('tr').count(), 1);
    assert.match(await tooltip.innerText(), /run-2/);
    await page.getByRole('button', { name: 'none' }).click();
    await page.getByText('No run is selected').waitFor();
    await page.getByRole('button', { name: 'Show all runs' }).click();
    await drawn(page, 'loss');
  });

  test('is usable without a mouse: cursor, zoom, size', async () => {
    const plot = card(page, 'loss').locator('.plot');
    await plot.focus();
    await page.keyboard.press('End');
    await card(page, 'loss').locator('.tooltip').waitFor();
    const spoken = card(page, 'loss').locator('.spoken');
    assert.match((await spoken.textContent()) ?? '', /^step 199: run-2 150\.\d+, run-1 50\.\d+/);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('+');
    await asked(({ range }) => range !== undefined);
    await page.keyboard.press('Escape');
    await asked(({ range }) => range === undefined);
    const width = async () => (await plot.boundingBox())?.width ?? 0;
    const before = await width();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('.card.tall') !== null);
    assert.ok((await width()) > before * 1.5);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('.card.tall') === null);
  });

  test('is light or dark, as the system or the user chooses', async () => {
    const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await back();
    const theme = page.getByRole('button', { name: /^Colours: / });
    await theme.click();
    assert.equal(await back(), light);
    await theme.click();
    assert.notEqual(await back(), light);
    await theme.click();
    assert.equal(await back(), light);
    const { page: other } = await open(url, { dark: true });
    assert.notEqual(
      await other.evaluate(() => getComputedStyle(document.body).backgroundColor),
      light,
    );
    await other.close();
  });

  test('follows logs that grow, and finds new runs', async () => {
    const path = join(directory, 'growing.json');
    const lines = trainingLog({ values: (step) => ({ growing: step }) }).split(/(?<=\n)/);
    writeFileSync(path, lines.slice(0, 10).join(''));
    await drawn(page, 'growing');
    const row = page.locator('.runs li', { hasText: 'growing' });
    await row.getByText('10 records').waitFor();
    await page.getByRole('button', { name: 'Show only growing.json' }).click();
    await card(page, 'growing').locator('.last', { hasText: /^9$/ }).waitFor();
    appendFileSync(path, lines.slice(10).join(''));
    await row.getByText('20 records').waitFor();
    await card(page, 'growing').locator('.last', { hasText: /^19$/ }).waitFor();
    await page.getByRole('button', { name: 'all', exact: true }).click();
  });

  describe('over logs that come later', () => {
    const extremes: Readonly<Record<string, (step: number) => number>> = {
      zero: (step) => (step === 9 ? Number.MIN_VALUE : 0),
      huge: (step) => (step % 2 === 0 ? 1e308 : -1e308),
      hugeAlone: (step) => (step === 9 ? 1.6e308 : 1.7e308),
      tiny: (step) => 5e-324 * step,
      close: (step) => 1e16 + 2 * step,
      spread: (step) => 10 ** (30 * step - 300),
    };

    /** The points of each run with a peak. */
    const PEAKS = times(3000, 25_000);

    // All at once, since the folder is searched every two seconds.
    before(() => {
      const hot = trainingLog({ values: (step) => ({ hot: step === 5 ? 'NaN' : step }) });
      writeFileSync(join(directory, 'nan.json'), hot.replaceAll('"NaN"', 'NaN'));
      for (let number = 0; number < 4; number++) {
        const peak = (PEAKS / 5) * (number + 1);
        const values = (step: number) => ({ peaks: step === peak ? 1000 : step % 7 });
        const log = trainingLog({ epochs: 1, iterations: PEAKS, values });
        writeFileSync(join(directory, `peak-${number}.json`), log);
      }
      const values = (step: number) =>
        Object.fromEntries(Object.entries(extremes).map(([name, value]) => [name, value(step)]));
      writeFileSync(join(directory, 'extreme.json'), trainingLog({ values }));
    });

    test('marks values that are no numbers', async () => {
      await card(page, 'hot').scrollIntoViewIfNeeded();
      await card(page, 'hot').getByText('1 NaN or infinite').waitFor();
    });

    test('draws a peak of one point among many runs of many points', async () => {
      await page
        .locator('.runs li', { hasText: 'peak-3' })
        .getByText(`${PEAKS / 1000},000 records`)
        .waitFor();
      // A chart is drawn only where it can be seen.
      await card(page, 'peaks').scrollIntoViewIfNeeded();
      await pointAt('peaks', 0.2);
      await settled(page);
      const highest = await card(page, 'peaks')
        .locator('canvas')
        .evaluate((canvas) => {
          const { width, height } = canvas as HTMLCanvasElement;
          const context = (canvas as HTMLCanvasElement).getContext('2d');
          // The upper part of the chart: only the peaks reach it. Some lines have dashes.
          const rows = Math.round(height * 0.2);
          const { data } = context?.getImageData(60, rows, width - 60, rows) ?? { data: [] };
          const columns = width - 60;
          let peaks = 0;
          let wasDrawn = false;
          for (let column = 0; column < columns; column++) {
            let isDrawn = false;
            for (let row = 0; row < rows; row++) {
              // The grid is fainter than that.
              if ((data[4 * (row * columns + column) + 3] ?? 0) > 60) isDrawn = true;
            }
            if (isDrawn && !wasDrawn) peaks++;
            wasDrawn = isDrawn;
          }
          return peaks;
        });
      assert.ok(
        highest >= 4 && highest <= 8,
        `${highest} lines reach the top: up and down of 4 peaks`,
      );
    });

    test('draws numbers of any size', async () => {
      await page.getByRole('button', { name: 'Show only extreme.json' }).click();
      const log = page.getByRole('button', { name: 'Logarithmic y axis' });
      for (const _ of ['logarithmic', 'linear']) {
        await log.click();
        for (const name of Object.keys(extremes)) {
          await card(page, name).scrollIntoViewIfNeeded();
          await drawn(page, name);
        }
      }
      await page.getByRole('button', { name: 'all', exact: true }).click();
    });
  });

  test('raised no error in the browser in any of these tests', () =>
    assert.deepEqual(opened.faults, []));
});
