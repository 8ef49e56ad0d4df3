/// <reference lib="dom" />
/** The dashboard and a saved page in Firefox: they draw, show values, and meet no error. */
import assert from 'node:assert/strict';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { dllogger } from '../support/cli.js';
import { folder, run } from '../support/dashboard.js';
import { serve } from '../support/serve.js';

/** The part of puppeteer-core that is used. It drives Firefox over WebDriver BiDi. */
interface FirefoxPage {
  on(event: 'pageerror', listener: (error: unknown) => void): unknown;
  goto(url: string): Promise<unknown>;
  waitForSelector(selector: string): Promise<unknown>;
  waitForFunction(test: () => boolean): Promise<unknown>;
  evaluate<T>(inPage: () => T): Promise<T>;
  readonly mouse: { move(x: number, y: number): Promise<void> };
}

interface Firefox {
  newPage(): Promise<FirefoxPage>;
  close(): Promise<void>;
}

interface Puppeteer {
  launch(options: {
    readonly browser: 'firefox';
    readonly executablePath: string;
    readonly headless: true;
  }): Promise<Firefox>;
}

const executable = [process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox'].find(
  (path): path is string => {
    try {
      accessSync(path ?? '', constants.X_OK);
      return true;
    } catch {
      return false;
    }
  },
);

/** Loaded only where there is a Firefox to drive. */
async function load(): Promise<Puppeteer | undefined> {
  const name: string = 'puppeteer-core';
  return import(name).catch(() => undefined) as Promise<Puppeteer | undefined>;
}

const puppeteer = executable === undefined ? undefined : await load();
const skip =
  executable === undefined
    ? 'Firefox is not installed (apt-get install firefox-esr)'
    : puppeteer === undefined && 'puppeteer-core is not installed (npm ci)';

describe('in Firefox', { skip }, () => {
  let firefox: Firefox | undefined;
  after(() => firefox?.close());

  test('the dashboard and a saved page draw their charts and show values', async () => {
    const directory = folder();
    const logs = [1, 2].map((number) => {
      const path = join(directory, `run-${number}.json`);
      writeFileSync(path, run(number));
      return path;
    });
    const saved = join(directory, 'page.html');
    assert.equal((await dllogger(['plot', '--html', saved, ...logs])).code, 0);
    const server = await serve([directory]);
    await server.until((runs) => runs.get('run-2.json')?.state !== 'reading' && runs.size === 2);
    firefox = await puppeteer?.launch({
      browser: 'firefox',
      executablePath: executable ?? '',
      headless: true,
    });
    assert.ok(firefox);
    for (const url of [server.url, pathToFileURL(saved).href]) {
      const page = await firefox.newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(String(error)));
      await page.goto(url);
      await page.waitForSelector('.card canvas');
      await page.waitForFunction(() => {
        const canvas = document.querySelector('canvas');
        const { data } = canvas
          ?.getContext('2d')
          ?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
        return data.some((value, at) => at % 4 === 3 && value > 200);
      });
      const box = await page.evaluate(() => {
        const { x, y, width, height } = document
          .querySelector('.u-over')
          ?.getBoundingClientRect() ?? { x: 0, y: 0, width: 0, height: 0 };
        return { x: x + width / 2, y: y + height / 2 };
      });
      await page.mouse.move(box.x - 2, box.y);
      await page.mouse.move(box.x, box.y);
      await page.waitForSelector('.tooltip:not([hidden]) tr');
      const text = await page.evaluate(() => document.querySelector('.tooltip')?.textContent ?? '');
      assert.match(text, /step \d+run-2175.*run-175/);
      assert.deepEqual(faults, []);
    }
  });
});
