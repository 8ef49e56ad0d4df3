/// <reference lib="dom" />
/** The dashboard on a touch screen: Chromium gets the events of fingers. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { CDPSession } from 'playwright-core';
import { noBrowser, open } from '../support/browser.js';
import { card, drawn, folder, run } from '../support/dashboard.js';
import { serve } from '../support/serve.js';

type Place = readonly [x: number, y: number];

/** Sends the events of a touch screen for a finger that is put down, moved and lifted. */
async function swipe(touches: CDPSession, from: Place, to: Place, moves = 10): Promise<void> {
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', place?: Place) => {
    const touchPoints = place === undefined ? [] : [{ x: place[0], y: place[1] }];
    return touches.send('Input.dispatchTouchEvent', { type, touchPoints });
  };
  const between = (at: number, axis: 0 | 1) => from[axis] + ((to[axis] - from[axis]) * at) / moves;
  await send('touchStart', from);
  for (let i = 1; i <= moves; i++) await send('touchMove', [between(i, 0), between(i, 1)]);
  await send('touchEnd');
}

/** Puts two fingers down, moves them to other places, and lifts them. */
async function pinch(
  touches: CDPSession,
  from: readonly [Place, Place],
  to: readonly [Place, Place],
  moves = 10,
): Promise<void> {
  const places = (share: number) =>
    from.map(([x, y], i) => {
      const [toX, toY] = to[i === 0 ? 0 : 1];
      return { x: x + (toX - x) * share, y: y + (toY - y) * share, id: i };
    });
  await touches.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: places(0) });
  for (let move = 1; move <= moves; move++) {
    const touchPoints = places(move / moves);
    await touches.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints });
  }
  await touches.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}

describe('two fingers on a chart', { skip: noBrowser }, () => {
  test('that move apart zoom to what lay between them, along the axis they move along', async () => {
    const directory = folder();
    writeFileSync(join(directory, 'run.json'), run(1));
    const server = await serve([directory]);
    const { page, faults } = await open(server.url, { width: 390, height: 700, touch: true });
    await drawn(page, 'loss');
    const box = await card(page, 'loss').locator('.u-over').boundingBox();
    assert.ok(box);
    const touches = await page.context().newCDPSession(page);
    const [x, y] = [(share: number) => box.x + box.width * share, box.y + box.height / 2];
    const zoom = page.locator('.zoom');
    // A busy browser may take two fingers for a scroll: a person tries again.
    for (let attempt = 0; attempt < 5 && !(await zoom.first().isVisible()); attempt++) {
      await pinch(
        touches,
        [
          [x(0.4), y],
          [x(0.6), y],
        ],
        [
          [x(0.2), y],
          [x(0.8), y],
        ],
      );
      await zoom
        .first()
        .waitFor({ timeout: 5000 })
        .catch(() => {});
    }
    // The values under the fingers stay under them: a third of 0 to 199, around the middle.
    const [, from = '', to = ''] =
      /^step ([\d.]+) – ([\d.]+)/.exec(await zoom.first().innerText()) ?? [];
    assert.ok(Math.abs(Number(from) - 66) <= 3 && Math.abs(Number(to) - 133) <= 3, `${from} ${to}`);
    await zoom.first().click();
    await zoom.first().waitFor({ state: 'hidden' });
    assert.deepEqual(faults, []);
    await page.close();
  });
});

describe('a finger on a chart', { skip: noBrowser }, () => {
  test('zooms by a swipe sideways, and scrolls up and down', async () => {
    const directory = folder();
    writeFileSync(join(directory, 'run.json'), run(1));
    const server = await serve([directory]);
    const { page, queries, faults } = await open(server.url, {
      ...{ width: 390, height: 700, touch: true },
    });
    await drawn(page, 'loss');
    const over = card(page, 'loss').locator('.u-over');
    const placed = async () => {
      const box = await over.boundingBox();
      assert.ok(box);
      return box;
    };
    const touches = await page.context().newCDPSession(page);

    const { x, y, width, height } = await placed();
    const middle = x + width / 2;
    await page.evaluate(() => {
      addEventListener('scrollend', () => document.body.classList.add('scrolled'));
    });
    await swipe(touches, [middle, y + height - 10], [middle, y + height - 90]);
    await page.locator('body.scrolled').waitFor();
    assert.ok((await placed()).y < y - 30);
    assert.ok(queries.every(({ range }) => range === undefined));
    assert.equal(await page.locator('.zoom', { hasText: 'step' }).count(), 0);

    // The page may continue to scroll for a moment.
    let { y: top } = await placed();
    for (let before = Number.NaN; top !== before; ) {
      before = top;
      await page.waitForTimeout(300);
      top = (await placed()).y;
    }
    // Below the toolbar, which stays at the top.
    await swipe(touches, [x + width / 4, top + height / 2], [x + width / 4 + 8, top + height / 2]);
    const zoom = page.locator('.zoom', { hasText: 'step' });
    let zoomed = '';
    // A busy browser may take a swipe for something else, or for a shorter one: a person undoes that, and tries again.
    for (let attempt = 0; attempt < 5 && !/^step (49|50) – (99|100) /.test(zoomed); attempt++) {
      if (await zoom.isVisible()) await zoom.click();
      top = (await placed()).y;
      const row = top + height / 2;
      await swipe(touches, [x + width / 4, row], [middle, row + 3]);
      await zoom.waitFor({ timeout: 5000 }).catch(() => {});
      zoomed = (await zoom.allInnerTexts()).join();
    }
    assert.match(zoomed, /^step (49|50) – (99|100) /);
    // The toolbar has a button more, and what is below stays in its place.
    assert.ok(Math.abs((await placed()).y - top) <= 1);
    assert.deepEqual(faults, []);
    await page.close();
  });
});
