/// <reference lib="dom" />
/** What a person comes for: which run is best, and what a chart leaves out. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { noBrowser, open } from '../support/browser.js';
import { card, drawn, folder, pageOf } from '../support/dashboard.js';
import { trainingLog } from '../support/training.js';

/** Logs of a sweep: at 0.01 the accuracy is highest, and at 0.1 the loss is lowest. */
function sweep(metadata = {}): { directory: string; paths: string[] } {
  const directory = folder();
  const paths = [0.001, 0.01, 0.1].map((lr, i) => {
    const path = join(directory, `lr${lr}.json`);
    const values = () => ({ loss: 3 - i, accuracy: [70, 90, 80][i], constant: 1 });
    writeFileSync(path, trainingLog({ parameters: { lr }, metadata, values }));
    return path;
  });
  return { directory, paths };
}

describe('which run is best', { skip: noBrowser }, () => {
  for (const kind of ['served', 'saved'] as const) {
    test(`is said once the person says by which metric, in a ${kind} page`, async () => {
      const { page, faults } = await open(`${await pageOf(kind, sweep())}#tab=table`);
      const answer = page.locator('.answer');
      const metric = page.getByLabel('Best by');
      await metric.locator('option', { hasText: 'accuracy' }).waitFor({ state: 'attached' });
      assert.equal(await metric.locator('option:checked').textContent(), 'choose a metric');
      assert.ok(await answer.locator('.run').isHidden());
      await metric.selectOption('accuracy');
      // Nobody has said that more is better: a metric that was only looked at has no best run.
      await page.waitForURL(/order=last:accuracy/);
      assert.ok(await answer.locator('.run').isHidden());
      await answer.getByRole('button', { name: 'lowest' }).click();
      await answer.locator('.run', { hasText: 'lr0.001' }).waitFor();
      await answer.getByRole('button', { name: 'lowest' }).click();
      await answer.locator('.run', { hasText: 'lr0.01' }).waitFor();
      assert.equal(await answer.locator('.value').textContent(), '90');
      assert.match((await page.locator('.table tbody tr').first().textContent()) ?? '', /lr0\.01/);
      // A link says the same.
      await page.waitForURL(/order=-best:accuracy/);
      const link = page.url();
      await page.goto('about:blank');
      await page.goto(link);
      await answer.locator('.run', { hasText: 'lr0.01' }).waitFor();
      await metric.selectOption('constant');
      await answer.getByRole('button', { name: 'highest' }).click();
      await answer.getByText('no run is better than the others').waitFor();
      assert.deepEqual(faults, []);
      await page.close();
    });
  }

  test('is said at once where the log has a goal, with its unit, and leads to the run', async () => {
    const logs = sweep({ loss: { GOAL: 'MINIMIZE', unit: 'nat' } });
    const { page, faults } = await open(`${await pageOf('served', logs)}#tab=table`);
    const run = page.locator('.answer .run', { hasText: 'lr0.1' });
    await run.waitFor();
    assert.equal(await page.locator('.answer .value').textContent(), '1 nat');
    // Of the chosen runs only.
    await page.locator('.table tbody tr', { hasText: 'lr0.1' }).getByRole('checkbox').uncheck();
    await page.locator('.answer .run', { hasText: 'lr0.01' }).waitFor();
    await page.locator('.table tbody tr', { hasText: 'lr0.1' }).getByRole('checkbox').check();
    await run.hover();
    await page.locator('.table tr.pointed', { hasText: 'lr0.1' }).waitFor();
    await run.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/order=best:loss/);
    assert.match((await page.locator('.table tbody tr').first().textContent()) ?? '', /lr0\.1/);
    assert.deepEqual(faults, []);
    await page.close();
  });
});

test('a narrow chart says first that it leaves values out, and has all its notes as a title', {
  skip: noBrowser,
}, async () => {
  const directory = folder();
  const values = (step: number) => ({
    loss: step > 90 ? 'NaN' : step === 30 ? 1000 : Math.sin(step / 9),
  });
  for (const name of ['a', 'b']) {
    const log = trainingLog({ iterations: 50, values }).replaceAll('"NaN"', 'NaN');
    writeFileSync(join(directory, `run-${name}.json`), log);
  }
  const url = await pageOf('served', { directory, paths: [] });
  const { page, faults } = await open(`${url}#tab=charts&clip=1`, { width: 390 });
  await drawn(page, 'loss');
  const badge = card(page, 'loss').locator('.badge');
  await badge.getByText(/outliers clipped, 2 of 2 diverged/).waitFor();
  const [text, title] = [await badge.innerText(), (await badge.getAttribute('title')) ?? ''];
  assert.equal(text, 'outliers clipped, 2 of 2 diverged, 18 NaN or infinite');
  for (const note of text.split(', ')) assert.ok(title.split('\n').includes(note), title);
  assert.match(title, /^All values: -0\.9\d+ to 1000$/m);
  assert.match(title, /^Diverged: a, b$/m);
  assert.deepEqual(faults, []);
  await page.close();
});
