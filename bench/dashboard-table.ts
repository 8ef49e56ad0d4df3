/// <reference lib="dom" />
/** The dashboard's table of 200 runs and 100 columns in a real browser, for the benchmark. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { JSONStreamBackend, Logger } from 'dllogger';
import { type Browser, chromium, type Page } from 'playwright-core';
import { median } from '#dist/bench/statistics.js';
import { format, markdown } from '#dist/bench/table.js';
import { DashboardServer } from './dashboard-server.js';

const RUNS = 200;
/** Number of parameters, and number of metrics. */
const HALF = 50;
const EPOCHS = 5;
const ROUNDS = 9;
const SCROLLS = 60;
/** Number of loads of the page. */
const LOADS = 5;
/** Milliseconds without an action, so that the charts in view are drawn. */
const REST_MS = 1500;

/** Measures the table, and prints a line for each action. */
export async function measureTable(directory: string): Promise<void> {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) return;
  const folder = join(directory, 'table');
  mkdirSync(folder);
  makeRuns(folder);
  const server = await DashboardServer.start(folder);
  // A record of parameters, and one record for each epoch.
  await server.untilRead(RUNS, EPOCHS + 1);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const first: number[] = [];
  for (let round = 0; round < LOADS; round++) {
    const page = await opened(browser, server);
    first.push(await clicked(page, 'Table'));
    await page.close();
  }
  const page = await opened(browser, server);
  const empty = await rounds(page, () => painted(page));
  const shown = await rounds(page, async () => {
    const time = await clicked(page, 'Table');
    await clicked(page, 'Charts');
    await page.waitForTimeout(REST_MS);
    return time;
  });
  await clicked(page, 'Table');
  const sorted = await rounds(page, () => clicked(page, 'Sort by option.3'));
  const filtered = await rounds(page, (round) => typed(page, `option.3 > ${round}`));
  await typed(page, '');
  const scrolled = await scrollFrames(page);
  await browser.close();
  server.end();
  const row = (name: string, ms: number) => [name, format(ms), format(ms / empty, 1)];
  const rows = [
    [
      `the table of ${RUNS} runs and ${2 * HALF} columns, until it is painted`,
      'ms',
      'to two frames without work',
    ],
    row('shown for the first time after loading', median(first)),
    row('shown again', shown),
    row('sorted by a column', sorted),
    row('filtered by a condition', filtered),
    ['between frames, scrolling', format(scrolled, 1), ''],
  ];
  console.log(`\n${markdown(rows)}`);
}

/** A page of the dashboard that has drawn its charts. */
async function opened(browser: Browser, server: DashboardServer): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(server.url);
  await page.locator('.card canvas').first().waitFor();
  await page.waitForTimeout(REST_MS);
  return page;
}

function makeRuns(folder: string): void {
  const named = (prefix: string, value: (i: number) => number) =>
    Object.fromEntries(Array.from({ length: HALF }, (_, i) => [`${prefix}.${i}`, value(i)]));
  for (let run = 0; run < RUNS; run++) {
    const backend = new JSONStreamBackend(1, join(folder, `run-${run + 1}.json`));
    const logger = new Logger([backend]);
    logger.log(
      'PARAMETER',
      named('option', (i) => (run * (i + 7)) % 13),
    );
    for (let epoch = 0; epoch < EPOCHS; epoch++) logger.log([epoch], named('metric', Math.random));
    backend.close();
  }
}

async function rounds(page: Page, act: (round: number) => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    times.push(await act(round));
    await page.waitForTimeout(50);
  }
  return median(times);
}

/** Milliseconds until the frame after the next, with nothing to do. */
function painted(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const start = performance.now();
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return performance.now() - start;
  });
}

/** Milliseconds from a click to the frame after the next, which shows its effect. */
function clicked(page: Page, name: string): Promise<number> {
  return page.getByRole('button', { name, exact: true }).evaluate(async (button) => {
    const start = performance.now();
    (button as HTMLElement).click();
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return performance.now() - start;
  });
}

function typed(page: Page, text: string): Promise<number> {
  return page.getByLabel('Filter runs by').evaluate(async (input, typed) => {
    const start = performance.now();
    (input as HTMLInputElement).value = typed;
    input.dispatchEvent(new Event('input'));
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return performance.now() - start;
  }, text);
}

/** Milliseconds between two frames, each scrolled further by some rows. */
async function scrollFrames(page: Page): Promise<number> {
  const times = await page.locator('.table').evaluate(async (box, count) => {
    const found: number[] = [];
    for (let frame = 0; frame < count; frame++) {
      box.scrollTop += 90;
      found.push(await new Promise<number>(requestAnimationFrame));
    }
    return found;
  }, SCROLLS);
  return median(times.slice(1).map((time, i) => time - (times[i] ?? 0)));
}
