/// <reference lib="dom" />
/** The dashboard's page in a real browser, for the benchmark. */
import { existsSync } from 'node:fs';
import { type CDPSession, chromium, type Page } from 'playwright-core';
import { median } from '#dist/bench/statistics.js';
import { format, markdown } from '#dist/bench/table.js';

const ROUNDS = 9;
const MOVES = 120;

interface PageFigures {
  /** Milliseconds from moving the slider to the drawn charts. */
  readonly smoothing: number;
  readonly zoom: number;
  /** Milliseconds between two frames while the pointer moves over a chart. */
  readonly frame: number;
  /** Bytes of the page's objects after a garbage collection. */
  readonly heap: number;
}

/** Measures pages of the dashboard, each given as `[label, url]`, and prints a table. */
export async function measurePage(pages: readonly (readonly [string, string])[]): Promise<void> {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    console.log(
      '\nThe page was not measured: Chromium is not installed (apt-get install chromium).',
    );
    return;
  }
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const rows: string[][] = [
    ['the page', 'smoothed, ms', 'zoomed, ms', 'between frames, ms', 'heap, MB'],
  ];
  for (const [name, url] of pages) {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const { smoothing, zoom, frame, heap } = await measure(page, url);
    rows.push([name, format(smoothing), format(zoom), format(frame, 1), format(heap / 1e6, 1)]);
    await page.close();
  }
  await browser.close();
  console.log(`\n${markdown(rows)}`);
}

async function measure(page: Page, url: string): Promise<PageFigures> {
  await page.goto(url);
  await page.locator('.card canvas').nth(2).waitFor();
  const debugging = await page.context().newCDPSession(page);
  const smoothing: number[] = [];
  const zoom: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const amount = String(0.5 + round / 100);
    smoothing.push(await untilDrawn(page, () => page.locator('.smoothing input').fill(amount)));
    const over = page.locator('.card .plot').first();
    await over.focus();
    zoom.push(await untilDrawn(page, () => page.keyboard.press('+')));
    await untilDrawn(page, () => page.keyboard.press('Escape'));
  }
  const frame = await frames(page);
  return { smoothing: median(smoothing), zoom: median(zoom), frame, heap: await heapOf(debugging) };
}

/** Milliseconds from an action until its result is drawn. */
async function untilDrawn(page: Page, act: () => Promise<unknown>): Promise<number> {
  const answered = page.waitForResponse(/series$/);
  const start = performance.now();
  await act();
  await (await answered).finished();
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  return performance.now() - start;
}

/** Moves the pointer over a chart, and measures the time between frames. */
async function frames(page: Page): Promise<number> {
  const box = await page.locator('.card .u-over').first().boundingBox();
  if (box === null) throw new Error('there is no chart');
  const times = page.evaluate(
    (count) =>
      new Promise<number[]>((resolve) => {
        const found: number[] = [];
        const next = (time: number) => {
          found.push(time);
          if (found.length < count) requestAnimationFrame(next);
          else resolve(found);
        };
        requestAnimationFrame(next);
      }),
    MOVES,
  );
  for (let move = 0; move < MOVES; move++) {
    await page.mouse.move(box.x + (box.width * move) / MOVES, box.y + box.height / 2);
  }
  const at = await times;
  return median(at.slice(1).map((time, i) => time - (at[i] ?? 0)));
}

async function heapOf(debugging: CDPSession): Promise<number> {
  await debugging.send('HeapProfiler.enable');
  await debugging.send('HeapProfiler.collectGarbage');
  const { usedSize } = await debugging.send('Runtime.getHeapUsage');
  return usedSize;
}
