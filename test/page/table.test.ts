/// <reference lib="dom" />
/** The table of runs in a real browser. */
import assert from 'node:assert/strict';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { noBrowser, type Opened, open } from '../support/browser.js';
import { dllogger } from '../support/cli.js';
import { EVIL, folder, KINDS } from '../support/dashboard.js';
import { serveHere } from '../support/serve.js';
import { trainingLog } from '../support/training.js';

const RATES = [0.001, 0.01, 0.003, 0.03];
const LONG = JSON.stringify({
  optimizer: { name: 'adamw', betas: [0.9, 0.95] },
  data: 'x'.repeat(300),
});

/** A run whose figures are known: the loss of run n is n after the first epoch and n + 1 after the last. */
function run(number: number): string {
  return trainingLog({
    parameters: {
      ...{ lr: RATES[number % 4], model: number % 2 === 0 ? 'ResNet' : 'vit', seed: 15843 },
      ...{ id: 20260000000000 + number, Config: LONG, [EVIL]: EVIL },
    },
    metadata: { loss: { unit: 'nat', GOAL: 'MINIMIZE', format: ':.2f' } },
    begin: 1000 * number,
    values: (step) => ({ speed: 1234.5678 + number, loss: 100 - step }),
    summary: (epoch) => ({ loss: number + epoch, accuracy: number / 7 }),
  });
}

/** Waits until the drawings below the table are those of its rows. */
const related = (page: Page) => page.locator('.relations[aria-busy="false"]').waitFor();

for (const kind of KINDS) {
  describe(`the table of runs, ${kind}`, { skip: noBrowser }, () => {
    let opened: Opened;
    let page: Page;

    before(async () => {
      const directory = folder();
      const logs = [1, 2, 3, 10].map((number) => {
        const path = join(directory, `run-${number}.json`);
        writeFileSync(path, run(number));
        // The log has not grown for long.
        utimesSync(path, 1_790_000_000, 1_790_000_000);
        return path;
      });
      const file = join(directory, 'page.html');
      const isServed = kind === 'served';
      if (!isServed) assert.equal((await dllogger(['plot', '--html', file, ...logs])).code, 0);
      opened = await open(
        isServed ? (await serveHere({ logs, folders: [] })).url : pathToFileURL(file).href,
      );
      page = opened.page;
      await page.getByRole('button', { name: 'Table', exact: true }).click();
      await page.locator('.table tbody th').nth(3).waitFor();
    });

    const names = () => page.locator('.table tbody th').allTextContents();
    const heads = () => page.locator('.table thead th').allInnerTexts();

    /** The cells of a column, by its head: `loss best`. */
    async function column(title: string): Promise<string[]> {
      const all = (await heads()).map((head) => head.replace(/\s+/g, ' ').trim());
      const at = all.findIndex((head) => head.startsWith(title));
      assert.ok(at >= 0, `${title} in ${all.join(', ')}`);
      const cells = await page.locator(`.table tbody td:nth-child(${at + 1})`).allInnerTexts();
      return cells.map((cell) => cell.replace(/\s+/g, ' ').trim());
    }

    const filter = (text: string) => page.getByLabel('Filter runs by').fill(text);
    const short = (all: readonly string[]) => all.map((name) => /run-(\d+)/.exec(name)?.[1]).join();

    test('has a row for each run, with exact values', async () => {
      assert.equal(short(await names()), '1,2,3,10');
      assert.deepEqual(await column('seed'), ['15843', '15843', '15843', '15843']);
      assert.equal((await column('id'))[0], '20260000000001');
      assert.deepEqual(await column('lr'), ['0.01', '0.003', '0.03', '0.003']);
      assert.deepEqual(await column('loss last'), ['2.00 (the best)', '3.00', '4.00', '11.00']);
      assert.match((await column('loss best'))[0] ?? '', /^1\.00/);
      assert.equal((await column('speed last'))[0], '1235.57');
      assert.equal((await column('accuracy last'))[0], '0.142857');
      assert.equal(await page.locator('.table img').count(), 0);
    });

    test('sorts by every column: best first, then the other way, then as before', async () => {
      const sort = page.getByRole('button', { name: 'Sort by loss, best' });
      await sort.click();
      assert.equal(short(await names()), '1,2,3,10');
      await sort.click();
      assert.equal(short(await names()), '10,3,2,1');
      await sort.click();
      await page.getByRole('button', { name: 'Sort by lr' }).click();
      assert.deepEqual(await column('lr'), ['0.003', '0.003', '0.01', '0.03']);
      await page.getByRole('button', { name: 'Sort by name' }).click();
      assert.equal(short(await names()), '1,2,3,10');
      await page.getByRole('button', { name: 'Sort by name' }).click();
      assert.equal(short(await names()), '10,3,2,1');
      await page.getByRole('button', { name: 'Sort by name' }).click();
    });

    test('finds runs by words, regular expressions and conditions, and says what is wrong', async () => {
      const fault = page.locator('.fault');
      for (const [text, runs] of [
        ['resnet', '2,10'],
        ['/run-1/', '1,10'],
        ['lr > 0.003 and model = vit', '1,3'],
        ['best(loss) < 3', '1,2'],
      ] as const) {
        await filter(text);
        assert.equal(short(await names()), runs, text);
        assert.equal(await fault.innerText(), '');
      }
      await filter('modle = vit');
      await fault.getByText('there is no column "modle"; did you mean "model"?').waitFor();
      assert.equal(await page.getByLabel('Filter runs by').getAttribute('aria-invalid'), 'true');
      // The rows stay as they were.
      assert.equal(short(await names()), '1,2');
      await filter('nothing of this kind');
      await page.getByText('No run matches the filter').waitFor();
      await filter('');
      assert.equal(short(await names()), '1,2,3,10');
    });

    test('marks the best of the chosen runs, by GOAL or by a direction that is chosen there', async () => {
      const best = () => page.locator('.table td.best').allTextContents();
      assert.deepEqual(await best(), ['1.00 (the best)', '2.00 (the best)']);
      await page.getByRole('button', { name: /^accuracy: The log does not say/ }).click();
      assert.match((await column('accuracy best')).at(0) ?? '', /0\.142857 \(the best\)/);
      const lowest = page.getByRole('button', { name: /^accuracy: Best is the lowest/ });
      // Its columns moved before the parameters, and the focus moved with them.
      assert.match((await heads()).join().replace(/\n/g, ' '), /accuracy best .*accuracy last.*lr/);
      assert.ok(await lowest.evaluate((one) => one === document.activeElement));
      await lowest.click();
      assert.match((await column('accuracy best')).at(3) ?? '', /^1\.42857 \(the best\)/);
      assert.doesNotMatch((await column('accuracy best')).at(0) ?? '', /the best/);
    });

    test('has one selection with the list at the side', async () => {
      const row = page.locator('.table tbody tr', {
        has: page.getByTitle('run-1.json', { exact: true }),
      });
      const listed = page.locator('.runs li').first().locator('input');
      await row.locator('input').uncheck();
      assert.equal(await listed.isChecked(), false);
      assert.match((await column('loss last')).at(1) ?? '', /the best/);
      await listed.check();
      assert.ok(await row.locator('input').isChecked());
      await filter('model = resnet');
      await page.getByRole('button', { name: /^Choose the runs that match/ }).click();
      assert.equal(await listed.isChecked(), false);
      assert.equal(await page.locator('.runs input:checked').count(), 2);
      await filter('');
      await page.getByLabel('Choose all runs of the table').check();
      assert.equal(await page.locator('.runs input:checked').count(), 4);
    });

    test('shows only what differs', async () => {
      await page.getByLabel('Only what differs').check();
      const all = (await heads()).join();
      assert.match(all, /lr/);
      assert.doesNotMatch(all, /seed|Config/);
      await page.getByLabel('Only what differs').uncheck();
    });

    test('hides columns, and finds them again', async () => {
      await page.getByRole('button', { name: 'Columns' }).click();
      const menu = page.getByRole('dialog', { name: 'Columns' });
      await menu.getByLabel('seed').uncheck();
      assert.doesNotMatch((await heads()).join(), /seed/);
      await menu.getByRole('searchbox').fill('loss');
      await menu.getByRole('button', { name: 'none' }).click();
      assert.doesNotMatch((await heads()).join(), /loss/);
      assert.match((await heads()).join(), /speed/);
      await menu.getByRole('searchbox').fill('');
      await menu.getByRole('button', { name: 'all' }).click();
      assert.match((await heads()).join(), /loss[\s\S]*seed[\s\S]*problems/);
      await page.keyboard.press('Escape');
      await menu.waitFor({ state: 'detached' });
    });

    test('opens a clipped value by the keyboard', async () => {
      const clipped = page.locator('.table .clipped').first();
      await clipped.focus();
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog', { name: 'Config of run-1' });
      assert.deepEqual(JSON.parse(await dialog.locator('pre').innerText()), JSON.parse(LONG));
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      assert.ok(await clipped.evaluate((one) => one === document.activeElement));
    });

    test('copies the chosen rows as CSV and as Markdown', async () => {
      await page
        .context()
        .grantPermissions(['clipboard-read', 'clipboard-write'])
        .catch(() => {});
      await filter('model = vit');
      const copied = async (how: string) => {
        await page.getByRole('button', { name: 'Copy', exact: true }).click();
        await page.getByRole('button', { name: how }).click();
        await page.getByText('Copied 2 rows').waitFor();
        await page.keyboard.press('Escape');
        return page.evaluate(() => navigator.clipboard.readText());
      };
      const csv = (await copied('as CSV')).split('\n');
      assert.match(
        csv[0] ?? '',
        /^name,loss best \(nat\),loss last \(nat\),accuracy best,accuracy last,state,lr,model,seed,id,Config,/,
      );
      assert.match(
        csv[1] ?? '',
        /^run-1\.json,1,2,[\d.]+,0\.14285714285714285,stale,0\.01,vit,15843,20260000000001,"\{""optimizer/,
      );
      assert.equal(csv.length, 4);
      const markdown = (await copied('as Markdown')).split('\n');
      assert.match(
        markdown[0] ?? '',
        /^\| name \| loss best \(nat\) \| loss last \(nat\) \| accuracy best \|/,
      );
      assert.match(markdown[1] ?? '', /^\| --- \| (---: \| ){4}--- \| ---: \| --- \|/);
      assert.match(markdown[2] ?? '', /\*\*1\.00\*\*/);
      await filter('');
    });

    test('draws runs over two columns, and across several', async () => {
      const [dots, lines] = [page.locator('.dot'), page.locator('.drawing .run')];
      await related(page);
      assert.equal(await dots.count(), 4);
      assert.equal(await lines.count(), 4);
      const plots = page.locator('.relations svg');
      assert.equal(
        await plots.nth(0).getAttribute('aria-label'),
        'loss best (nat) over lr, 4 runs',
      );
      await page.getByLabel('Vertical axis').selectOption('accuracy last');
      await page.getByLabel('Horizontal axis').selectOption('model');
      const label = 'accuracy last over model, 4 runs';
      await page.locator(`.relations svg[aria-label="${label}"]`).waitFor();
      const places = await dots.evaluateAll((all) =>
        all.map((dot) => [
          dot.getAttribute('data-run'),
          dot.getAttribute('cx'),
          dot.getAttribute('cy'),
        ]),
      );
      const place = new Map(places.map(([run, x, y]) => [Number(run), [Number(x), Number(y)]]));
      const [first = [], second = [], third = [], last = []] = [0, 1, 2, 3].map(
        (run) => place.get(run) ?? [],
      );
      // vit, ResNet, vit, ResNet; the accuracies ascend.
      assert.equal(first[0], third[0]);
      assert.equal(second[0], last[0]);
      assert.ok((second[0] ?? 0) < (first[0] ?? 0));
      assert.ok((first[1] ?? 0) > (second[1] ?? 0) && (third[1] ?? 0) > (last[1] ?? 0));
    });

    test('chooses the axes of the parallel coordinates, and colours by a column', async () => {
      await page.getByRole('button', { name: 'Axes' }).click();
      const menu = page.getByRole('dialog', { name: 'Axes' });
      await menu.getByLabel('speed last').check();
      await menu.getByLabel('model').uncheck();
      await page.keyboard.press('Escape');
      await related(page);
      const names = await page.locator('.drawing .name').allTextContents();
      assert.ok(names.includes('speed') && !names.includes('model'), names.join());
      const colors = () =>
        page.locator('.dot').evaluateAll((all) => all.map((dot) => getComputedStyle(dot).fill));
      const before = await colors();
      assert.equal(new Set(before).size, 4);
      await page.getByLabel('Colour by').selectOption('run');
      await related(page);
      assert.notDeepEqual(await colors(), before);
      const listed = await page
        .locator('.table tbody .swatch')
        .evaluateAll((all) => all.map((one) => getComputedStyle(one).stroke));
      assert.deepEqual([...(await colors())].sort(), listed.sort());
    });

    test('makes a run that is pointed at stand out in the table and in both drawings', async () => {
      await related(page);
      const dot = page.locator('.dot').first();
      await dot.scrollIntoViewIfNeeded();
      const box = await dot.boundingBox();
      assert.ok(box);
      const run = await dot.getAttribute('data-run');
      await page.mouse.move(box.x + 2, box.y + 2);
      await page.locator('.tip:visible').waitFor();
      assert.match(
        await page.locator('.tip:visible').innerText(),
        /^run-\d+\n[\s\S]*accuracy last: /,
      );
      for (const place of ['.table tr.pointed', '.dot.pointed', '.run.pointed']) {
        assert.equal(await page.locator(place).getAttribute('data-run'), run, place);
      }
      await page.mouse.move(5, 5);
      await page.locator('.tip:visible').waitFor({ state: 'detached' });
    });

    test('keeps filter, order and columns in its address', async () => {
      await filter('model = vit');
      await page.getByRole('button', { name: 'Sort by loss, best' }).click();
      await page.getByRole('button', { name: 'Sort by loss, best' }).click();
      await page.waitForFunction(() => /order=-best/.test(location.hash));
      await page.reload();
      await page.locator('.table tbody th').nth(1).waitFor();
      assert.equal(short(await names()), '3,1');
      assert.match(page.url(), /tab=table/);
    });

    test('raised no error in the browser in any of these tests', () =>
      assert.deepEqual(opened.faults, []));
  });
}

describe('the state of a run', { skip: noBrowser }, () => {
  test('is shown in the table, served and saved', async () => {
    const directory = folder();
    const log = (values: number, extra = '') =>
      `${trainingLog({ values: (step) => ({ loss: values / step }) })}${extra}`;
    const results =
      'DLLL {"timestamp": "1790000020", "type": "LOG", "step": [], "data": {"loss": 1}}\n';
    const texts: Readonly<Record<string, string>> = {
      'a.json': log(1, results),
      'b.json': log(1),
      'c.json': log(1, 'DLLL {"timestamp": "17'),
      'd.json': log(1, results.replace('"loss": 1', '"loss": NaN')).replace(
        /"loss":[\d.e-]+(?=\}\}\nDLLL [^\n]*\n$)/,
        '"loss":NaN',
      ),
      'e.json': log(1),
    };
    const paths = Object.entries(texts).map(([name, text]) => {
      const path = join(directory, name);
      writeFileSync(path, text);
      // The last log counts as being written, however long this test takes.
      const changed = name === 'e.json' ? Date.now() / 1000 + 3600 : 1_790_000_000;
      utimesSync(path, changed, changed);
      return path;
    });
    const file = join(directory, 'page.html');
    assert.equal((await dllogger(['plot', '--html', file, ...paths])).code, 1);
    for (const url of [
      (await serveHere({ logs: paths, folders: [] })).url,
      pathToFileURL(file).href,
    ]) {
      const { page, faults } = await open(`${url}#tab=table`);
      const state = (word: string) => page.locator(`.state[data-state="${word}"]`);
      await page.locator('.table tbody th').nth(4).waitFor();
      await state('killed').waitFor();
      const rows = await page.locator('.table tbody tr:has(th) td:nth-child(2)').allTextContents();
      assert.deepEqual(rows, ['finished', 'stale', 'killed', 'finisheddiverged', 'running']);
      await page.getByLabel('Filter runs by').fill('state = diverged');
      await page.waitForFunction(() => document.querySelectorAll('.table tbody th').length === 1);
      assert.deepEqual(faults, []);
      await page.close();
    }
  });
});
