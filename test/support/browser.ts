/** Opens pages in a real browser, and records their faults and requests. */
import { after } from 'node:test';
import type { Browser, Page, Request } from 'playwright-core';
import { launch } from './chromium.js';
import { isLong } from './long.js';

export { noBrowser } from './chromium.js';

let browser: Promise<Browser> | undefined;
after(async () => (await browser)?.close());

export interface Opened {
  readonly page: Page;
  /** Faults of the page: errors, refused loads, dialogs. */
  readonly faults: string[];
  /** All requests of the page. */
  readonly requests: string[];
  /** The queries that the page sent, the latest last. */
  readonly queries: { axis: string; smoothing: number; range?: number[]; metrics: string[] }[];
}

/** The queries of each page that have no answer yet. */
const unanswered = new WeakMap<Page, Set<Request>>();

/** Waits until a page has asked for what it is to draw, has the answers, and has drawn them. */
export async function settled(page: Page): Promise<void> {
  // The page draws an answer in one of the frames after it.
  for (let quiet = 0; quiet < 2; quiet = unanswered.get(page)?.size ? 0 : quiet + 1) {
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60))),
    );
  }
}

/** Opens a page, and records its faults and requests. */
export async function open(
  url: string,
  { dark = false, width = 1200, height = 800, touch = false } = {},
): Promise<Opened> {
  browser ??= launch();
  const context = await (await browser).newContext({
    viewport: { width, height },
    hasTouch: touch,
    colorScheme: dark ? 'dark' : 'light',
    // The sign of a run that is being written fades in and out: the browser draws frames all the time.
    reducedMotion: isLong ? 'no-preference' : 'reduce',
  });
  const page = await context.newPage();
  // Ends a test that would hang. Long, because a machine may be slow.
  page.setDefaultTimeout(120_000);
  const opened: Opened = { page, faults: [], requests: [], queries: [] };
  const { faults, requests, queries } = opened;
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const waiting = new Set<Request>();
  unanswered.set(page, waiting);
  page.on('request', (request) => {
    requests.push(request.url());
    if (!request.url().endsWith('/series')) return;
    queries.push(request.postDataJSON());
    waiting.add(request);
  });
  page.on('requestfinished', (request) => waiting.delete(request));
  page.on('requestfailed', (request) => waiting.delete(request));
  await page.goto(url);
  return opened;
}
