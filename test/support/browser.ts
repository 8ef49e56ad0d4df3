/** Opens pages in a real browser, and records their faults and requests. */
import { after } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { browserHere } from './chromium.js';

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

/** Opens a page, and records its faults and requests. */
export async function open(
  url: string,
  { dark = false, width = 1200, height = 800, touch = false } = {},
): Promise<Opened> {
  browser ??= browserHere();
  const context = await (await browser).newContext({
    viewport: { width, height },
    hasTouch: touch,
    colorScheme: dark ? 'dark' : 'light',
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
  page.on('request', (request) => {
    requests.push(request.url());
    if (request.url().endsWith('/series')) queries.push(request.postDataJSON());
  });
  await page.goto(url);
  return opened;
}
