/// <reference lib="dom" />
/** The dashboard draws what was logged, pixel by pixel, and its texts describe what it draws. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { noBrowser, type Opened, open, settled } from '../support/browser.js';
import { card, drawn, folder, row } from '../support/dashboard.js';
import { isLong, times } from '../support/long.js';
import { serveHere } from '../support/serve.js';
import { type Training, trainingLog } from '../support/training.js';

/** Opens the dashboard of logs in a folder, each of a training, or of a text. */
async function dashboard(logs: Readonly<Record<string, Training | string>>) {
  const directory = folder();
  for (const [name, log] of Object.entries(logs)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof log === 'string' ? log : trainingLog(log));
  }
  const { url } = await serveHere({ logs: [], folders: [directory] });
  const opened = await open(url, { width: 1100, height: 700 });
  const [last] = Object.keys(logs).slice(-1);
  await row(opened.page, last ?? '')
    .getByText('records')
    .waitFor();
  return opened;
}

interface Ink {
  /** The plot's size in pixels. */
  readonly width: number;
  readonly height: number;
  /** By column: the first and the last row with ink. `colors`: those of opaque pixels. */
  readonly columns: readonly (readonly [top: number, bottom: number] | null)[];
  readonly colors: readonly string[];
}

/** The ink of the lines in a chart: the grid is fainter. */
async function inkOf(page: Page, metric: string): Promise<Ink> {
  // As text: the driver copies arrays of arrays element by element.
  const text = await card(page, metric).evaluate((found) => {
    const canvas = found.querySelector('canvas');
    const over = found.querySelector('.u-over');
    const context = canvas?.getContext('2d');
    if (!canvas || !over || !context) throw new Error('there is no chart');
    const [box, plot] = [canvas.getBoundingClientRect(), over.getBoundingClientRect()];
    const [width, height] = [Math.round(plot.width), Math.round(plot.height)];
    const [left, top] = [Math.round(plot.left - box.left), Math.round(plot.top - box.top)];
    const { data } = context.getImageData(left, top, width, height);
    const colors = new Set<string>();
    const columns = Array.from({ length: width }, (_, column) => {
      let rows: [number, number] | undefined;
      for (let row = 0; row < height; row++) {
        const at = 4 * (row * width + column);
        const alpha = data[at + 3] ?? 0;
        if (alpha >= 250) colors.add(`rgb(${data[at]}, ${data[at + 1]}, ${data[at + 2]})`);
        if (alpha > 100) rows = [rows?.[0] ?? row, row];
      }
      return rows;
    });
    // Columns without ink become null.
    return JSON.stringify({ width, height, columns, colors: [...colors] });
  });
  return JSON.parse(text) as Ink;
}

const AXES = ['step', 'epoch', 'time', 'elapsed'];

// At once, since the pages also wait.
describe('charts', { skip: noBrowser, concurrency: true }, () => {
  describe('equal runs of different lengths', () => {
    const rising = (length: number): Training => ({
      epochs: length / 100,
      iterations: 100,
      // A straight line on a logarithmic axis; nowhere steep on a linear axis.
      values: (step) => ({ rising: Math.exp(step / 700), falling: Math.exp(-step / 700) }),
    });

    /** Checks that the ink in every column, from one end of the plot to the other, is as thin as a single line. */
    async function assertOneLine(page: Page, metric: string, what: string): Promise<void> {
      const { columns, width, height } = await inkOf(page, metric);
      for (const [column, rows] of columns.entries()) {
        assert.ok(rows, `${what}: column ${column} of ${width} has no line`);
        // The rise of these curves over one pixel to each side, and the width of the line.
        const most = 5 + (6 * height) / width;
        const thick = rows[1] - rows[0] + 1;
        assert.ok(thick <= most, `${what}: ${thick} pixels in column ${column} of ${width}`);
      }
    }

    test('are drawn over each other on every axis, enlarged and zoomed', async () => {
      const whole = trainingLog(rising(2000));
      const logs = [...new Array<string>(times(4, 10)).fill(whole), rising(700), rising(300)].map(
        (log, i) => [`run-${10 + i}.json`, log] as const,
      );
      const { page, faults } = await dashboard(Object.fromEntries(logs));
      await drawn(page, 'falling');
      const log = page.getByRole('button', { name: 'Logarithmic y axis' });
      const assertAll = async (what: string) => {
        await settled(page);
        for (const metric of ['rising', 'falling'])
          await assertOneLine(page, metric, `${metric} ${what}`);
      };
      /** Every axis, linear and logarithmic. `npm test` goes through each once, changing one of the two at a time. */
      const views = AXES.flatMap((axis, i) => {
        const scales = i % 2 === 0 ? ['linear', 'logarithmic'] : ['logarithmic', 'linear'];
        return (isLong || i === 0 ? scales : scales.slice(0, 1)).map((scale) => ({ axis, scale }));
      });
      let shown = 'linear';
      for (const size of ['small', 'one enlarged']) {
        for (const { axis, scale } of size === 'small' || isLong ? views : views.slice(0, 1)) {
          await page.getByRole('button', { name: `x axis: ${axis}` }).click();
          if (scale !== shown) await log.click();
          shown = scale;
          await assertAll(`${axis}, ${scale}, ${size}`);
        }
        if (shown !== 'linear') await log.click();
        shown = 'linear';
        await page.getByRole('button', { name: 'x axis: step' }).click();
        await card(page, 'falling').locator('.plot').focus();
        for (const key of ['Home', '+', '+']) {
          await page.keyboard.press(key);
          await settled(page);
        }
        await page.evaluate(() => (document.activeElement as HTMLElement).blur());
        await assertAll(`zoomed, ${size}`);
        await page.keyboard.press('Escape');
        await card(page, 'rising').locator('.plot').focus();
        await page.keyboard.press('Enter');
        await page.evaluate(() => (document.activeElement as HTMLElement).blur());
      }
      assert.deepEqual(faults, []);
      await page.close();
    });
  });

  describe('the pointer', () => {
    const run = (scale: number, epochs = 10): Training => ({
      epochs,
      iterations: 100,
      values: (step) => ({ loss: scale * (1.2 + Math.sin(step / 40 + scale)) }),
    });

    test('marks the run in the tooltip whose line stands out, in and beside the lines', async () => {
      const { page } = await dashboard({
        'a.json': run(1),
        'b.json': run(1.5),
        'c.json': run(2, 5),
      });
      await drawn(page, 'loss');
      const swatches = await page
        .locator('.runs .swatch')
        .evaluateAll((found) => found.map((one) => getComputedStyle(one).stroke));
      let marked = 0;
      for (const axis of ['linear', 'logarithmic']) {
        if (axis === 'logarithmic')
          await page.getByRole('button', { name: 'Logarithmic y axis' }).click();
        await settled(page);
        const box = await card(page, 'loss').locator('.u-over').boundingBox();
        assert.ok(box);
        for (let at = 1; at < 16; at += times(2, 1)) {
          const [x, y] = [
            box.x + (box.width * at) / 16,
            box.y + (box.height * ((at * 7) % 16)) / 16,
          ];
          await page.mouse.move(x - 1, y);
          await page.mouse.move(x, y);
          await page.evaluate(() => new Promise(requestAnimationFrame));
          // At one moment: the tooltip may be filled anew between two questions.
          const rows = await card(page, 'loss').evaluate((found) =>
            [...found.querySelectorAll('.tooltip tr')].map((one) => {
              const swatch = one.querySelector('.swatch');
              return { kind: one.className, stroke: swatch && getComputedStyle(swatch).stroke };
            }),
          );
          const { colors } = await inkOf(page, 'loss');
          const standing = swatches.filter((color) => colors.includes(color)).sort();
          const closest = rows.filter(({ kind }) => kind === 'closest').map(({ stroke }) => stroke);
          marked += closest.length;
          const expected = closest.length === 0 ? swatches.toSorted() : closest;
          assert.deepEqual(standing, expected, `${axis}, ${at}`);
          // c.json ends before the right half: there its row stays, greyed, with its last value.
          const ended = rows.filter(({ kind }) => kind === 'ended');
          assert.equal(rows.length, 3);
          if (at > 9) assert.equal(ended.length, 1, `${axis}, ${at}`);
          // The tooltip lies beside the plot.
          const tooltip = await card(page, 'loss').locator('.tooltip').boundingBox();
          assert.ok(tooltip);
          const isBeside = tooltip.x >= box.x + box.width || tooltip.x + tooltip.width <= box.x;
          assert.ok(isBeside, `${axis}, ${at}`);
        }
      }
      assert.ok(marked > times(4, 8), `${marked} positions near a line`);
      await page.close();
    });
  });

  describe('the points behind smoothed lines', () => {
    /** The most frequent opacity among the translucent pixels of a run. */
    const opacity = (page: Page, name: string) =>
      card(page, 'loss').evaluate((found, name) => {
        const swatch = document.querySelector(`.runs li[title^="${name}"] .swatch`);
        const canvas = found.querySelector('canvas');
        const context = canvas?.getContext('2d');
        if (!swatch || !canvas || !context) throw new Error('there is no chart');
        const wanted = getComputedStyle(swatch).stroke.match(/\d+/g)?.map(Number) ?? [];
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
        const counts = new Map<number, number>();
        for (let at = 0; at < data.length; at += 4) {
          const alpha = data[at + 3] ?? 0;
          // A colour of low opacity is stored with few digits.
          const isOwn = wanted.every((one, i) => Math.abs(one - (data[at + i] ?? 0)) <= 20);
          if (isOwn && alpha > 0 && alpha < 128) counts.set(alpha, (counts.get(alpha) ?? 0) + 1);
        }
        const [most] = [...counts].sort((a, b) => b[1] - a[1]);
        return most?.[0] ?? 0;
      }, name);

    test('are fainter the more runs there are', async () => {
      const runs = Array.from({ length: 24 }, (_, i) => {
        // Each run has a stretch of the y axis of its own.
        const values = (step: number) => ({ loss: 10 * i + (step % 2 === 0 ? 4 : -4) });
        return [`run-${10 + i}.json`, { iterations: times(200, 500), values }] as const;
      });
      const { page, faults } = await dashboard(Object.fromEntries(runs));
      await page.locator('.smoothing input').fill('0.95');
      await settled(page);
      const many = await opacity(page, 'run-10');
      await page.getByRole('searchbox', { name: 'Find runs' }).fill('run-10, run-11');
      await page.getByRole('button', { name: 'Show only the runs that match' }).click();
      await settled(page);
      const few = await opacity(page, 'run-10');
      assert.ok(many > 0 && few > 1.5 * many, `${few} with few runs, ${many} with many`);
      assert.deepEqual(faults, []);
      await page.close();
    });
  });

  describe('charts of one page', { concurrency: false }, () => {
    /** Each test has a metric of its own. The charts have one range of steps. */
    const nested = (seed: number) =>
      `sweeps/resnet50-imagenet-with-a-long-name/learning-rate-0.1-weight-decay-0.0001/seed-${seed}.json`;
    const named = (scale: number): Training => ({
      iterations: 10,
      values: (step) => ({ loss: scale + step }),
    });
    const last = (step: number) => (step === 3999 ? 0.5 : step % 2 === 0 ? 0.1 : 0.9);
    const long = { epochs: 40, iterations: 100 };
    const hot = trainingLog({
      ...long,
      values: (step) => ({ hot: step > 3950 ? Number.NaN : step }),
    });
    let opened: Opened;
    let page: Page;

    before(async () => {
      opened = await dashboard({
        [nested(1)]: named(1),
        [nested(2)]: named(2),
        'other.json': named(3),
        'thinned.json': { ...long, values: (step) => ({ thinned: last(step) }) },
        'diverged.json': hot.replaceAll('"hot":null', '"hot":NaN'),
        'brief.json': { iterations: 15, values: (step) => ({ brief: step === 0 ? 0 : 1 }) },
        'huge.json': { ...long, values: (step) => ({ huge: step % 2 === 0 ? 1e308 : -1e308 }) },
      });
      page = opened.page;
    });

    /** Scrolls to a chart: others are not drawn. Their order is that in which the logs were read. */
    async function inView(metric: string): Promise<void> {
      await card(page, metric).scrollIntoViewIfNeeded();
      await drawn(page, metric);
    }

    /** The tooltip at the last step of a chart. */
    async function tooltipAtEnd(metric: string): Promise<Locator> {
      await card(page, metric).locator('.plot').focus();
      await page.keyboard.press('End');
      const tooltip = card(page, metric).locator('.tooltip');
      await tooltip.waitFor();
      return tooltip;
    }

    test('tell long names that differ only at their end apart in the tooltip, and no name overflows its cell', async () => {
      await inView('loss');
      await settled(page);
      const cells = (await tooltipAtEnd('loss')).locator('.name');
      await cells.first().waitFor();
      assert.equal(await cells.count(), 3);
      const hidden = (pieces: string) =>
        cells
          .locator(pieces)
          .evaluateAll((all) => all.map((one) => one.scrollWidth > one.clientWidth));
      const ends = await cells.locator('.tail').allTextContents();
      assert.deepEqual(ends.map((end) => /seed-\d$/.exec(end)?.[0]).sort(), ['seed-1', 'seed-2']);
      // The beginnings are cut, the ends are whole.
      assert.deepEqual(await hidden('.head'), [true, true]);
      assert.deepEqual(await hidden('.tail'), [false, false]);
    });

    test('show the last value that was logged on their cards, whatever was thinned', async () => {
      await inView('thinned');
      await card(page, 'thinned')
        .locator('.last', { hasText: /^0\.5$/ })
        .waitFor();
      const tooltip = await tooltipAtEnd('thinned');
      assert.match(await tooltip.innerText(), /^step 3,999\s+thinned\s+0\.5$/);
    });

    test('show how a run that diverged ended, on the card, in the tooltip and in the list', async () => {
      await inView('hot');
      await card(page, 'hot').locator('.last', { hasText: /^NaN$/ }).waitFor();
      const badge = await card(page, 'hot').locator('.badge').innerText();
      assert.equal(badge, 'diverged, 49 NaN or infinite');
      const about = page.locator('.runs li.diverged .about');
      await about.waitFor();
      assert.deepEqual(await about.allInnerTexts(), ['diverged']);
      const tooltip = await tooltipAtEnd('hot');
      assert.match(await tooltip.innerText(), /^step 3,999\s+diverged\s+NaN$/);
    });

    test('draw values that are further apart than the largest number from one end of the axis to the other', async () => {
      await inView('huge');
      const { height, columns } = await inkOf(page, 'huge');
      const inked = columns.flatMap((rows) => (rows === null ? [] : [rows]));
      assert.ok(
        inked.length > columns.length * 0.95,
        `${inked.length} of ${columns.length} columns`,
      );
      assert.ok(Math.min(...inked.map(([top]) => top)) < height * 0.1);
      assert.ok(Math.max(...inked.map(([, bottom]) => bottom)) > height * 0.9);
      const tooltip = await tooltipAtEnd('huge');
      assert.match(await tooltip.innerText(), /^step 3,999\s+huge\s+-1e\+?308$/);
    });

    test('show the points of a short run only where these have room: its line is no bolder than others', async () => {
      await inView('brief');
      const thickness = async () => {
        await settled(page);
        const { columns } = await inkOf(page, 'brief');
        const inked = columns.flatMap((rows) => (rows === null ? [] : [rows[1] - rows[0] + 1]));
        // The line begins with a rise.
        return inked.slice(Math.ceil(inked.length / 2));
      };
      const crowded = await thickness();
      assert.ok(crowded.length > 0 && Math.max(...crowded) <= 3, crowded.join(' '));
      const align = page.getByRole('button', { name: 'The same x range in all charts' });
      await align.click();
      await page.waitForURL(/ownRange/);
      const spaced = await thickness();
      assert.ok(Math.max(...spaced) >= 4 && Math.min(...spaced) <= 3, spaced.join(' '));
      await align.click();
      await settled(page);
    });

    test('raised no error in the browser in any of these tests', () =>
      assert.deepEqual(opened.faults, []));
  });
});
