/** A real browser: Debian's Chromium, or the one that CHROMIUM names. */
import { accessSync, constants } from 'node:fs';
import { after } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';

const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

function isProgram(path: string | undefined): path is string {
  if (path === undefined) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const executable = PLACES.find(isProgram);

/** Why there is no browser to test in; false where there is one. */
export const noBrowser: false | string =
  executable === undefined ? 'Chromium is not here (apt-get install chromium)' : false;

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
  browser ??= launch();
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

function launch(): Promise<Browser> {
  return chromium.launch({
    ...(executable !== undefined && { executablePath: executable }),
    // No sandbox: the pages are our own, and containers often lack what a sandbox needs.
    // The rule resolves names of a network that this machine need not have.
    args: ['--no-sandbox', '--host-resolver-rules=MAP *.lan 127.0.0.1'],
  });
}
