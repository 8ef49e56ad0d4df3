/** Trainings for the tests of the dashboard, and functions that find their runs and charts. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { dllogger } from './cli.js';
import { isLong } from './long.js';
import { temporaryDirectory } from './run.js';
import { serve } from './serve.js';
import { trainingLog } from './training.js';

const root = temporaryDirectory();
export const folder = () => mkdtempSync(join(root, 'logs-'));

export const EVIL = '<img src=x onerror=alert(1)>';

export function run(number: number): string {
  return trainingLog({
    parameters: { lr: 0.1 * number, model: 'resnet50', [EVIL]: EVIL },
    metadata: { loss: { unit: 'nat', GOAL: 'MINIMIZE' } },
    iterations: 100,
    begin: 1000 * number,
    values: (step) => ({
      loss: 100 * number - step / 4,
      lr: 0.1 * number * (1 - step / 1000),
      [EVIL]: step,
    }),
    summary: (epoch) => ({ 'val.loss': number * 10 - epoch }),
  });
}

/**
 * The kinds of pages, for tests of what is the same in both: the same code of the page, over curves that a server
 * computes or the page itself. `npm test` runs them on a served page; other tests cover what a saved page computes.
 */
export const KINDS: readonly ('served' | 'saved')[] = isLong ? ['served', 'saved'] : ['served'];

/** The address of a page that shows the logs of a folder: of a server, or of a saved file. */
export async function pageOf(
  kind: 'served' | 'saved',
  { directory, paths }: { directory: string; paths: readonly string[] },
): Promise<string> {
  if (kind === 'served') return (await serve([directory])).url;
  const file = join(directory, 'page.html');
  assert.equal((await dllogger(['plot', '--html', file, ...paths])).code, 0);
  return pathToFileURL(file).href;
}

export const card = (page: Page, metric: string): Locator =>
  page.locator('.card', { has: page.locator('h3', { hasText: metric }) }).first();

/** A run's row in the list, by its whole name. */
export const row = (page: Page, name: string): Locator =>
  page.locator(`.runs li[title^=${JSON.stringify(name)}]`);

/** Waits until the chart of a metric is drawn. */
export const drawn = (page: Page, metric: string) => card(page, metric).locator('canvas').waitFor();

export const cards = (page: Page) => page.locator('.card h3').allTextContents();
