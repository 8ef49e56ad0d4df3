// Makes the pictures of the docs from the demo's log: the dashboard (docs/dashboard.png) and the text of
// a plot. `npm run screenshots`; needs Chromium.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { root, tool } from './tools.mjs';

const cli = join(root, 'dist', 'cli', 'bin.js');
const logs = mkdtempSync(join(tmpdir(), 'dllogger-screenshots-'));

/** Trains the demo's network, with another learning rate if given. */
function train(name, learningRate) {
  const args = [join(root, 'out', 'examples', 'demo.js'), logs];
  const env = { ...process.env, ...(learningRate && { LEARNING_RATE: learningRate }) };
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  renameSync(join(logs, 'demo.log.json'), join(logs, name));
}

async function photograph() {
  const server = spawn(process.execPath, [cli, 'serve', '--port', '0', '--json', logs]);
  const [line] = await once(server.stdout, 'data');
  const { url } = JSON.parse(line.toString());
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1380, height: 592 } });
  await page.goto(url);
  await page.locator('.card canvas').nth(4).waitFor();
  await page.locator('.smoothing input').fill('0.6');
  await page.locator('.smoothing input').blur();
  // Waits until the smoothed charts are drawn.
  await page.waitForTimeout(500);
  const chart = page.locator('.card .u-over').first();
  await chart.hover({ position: { x: 120, y: 60 } });
  await chart.hover({ position: { x: 122, y: 62 } });
  await page.locator('.tooltip tr').first().waitFor();
  await page.waitForTimeout(500);
  await save(await page.screenshot(), join(root, 'docs', 'dashboard.png'));
  await browser.close();
  server.kill('SIGINT');
}

/** Writes a picture with 256 colours, which more than halves its size: the picture is a large part of the package. */
async function save(picture, path) {
  const sharp = createRequire(import.meta.url)(tool('sharp', '0.35.5', []));
  await sharp(picture).png({ palette: true, dither: 0, effort: 10 }).toFile(path);
}

function plot() {
  const args = [cli, 'plot', join(logs, 'demo.log.json'), '-m', 'loss,val.loss', '--x', 'epoch'];
  const env = { ...process.env, NO_COLOR: '1', COLUMNS: '80' };
  const { stdout } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  const page = join(root, 'docs', 'READING.md');
  const text = readFileSync(page, 'utf8');
  const place = /(\$ npx dllogger plot demo\.log\.json [^\n]*\n)[^`]*(?=```)/;
  writeFileSync(
    page,
    text.replace(place, (_, command) => command + stdout),
  );
}

try {
  train('lr-0.1.log.json', '0.1');
  train('lr-1.log.json', '1');
  train('demo.log.json');
  plot();
  await photograph();
} finally {
  rmSync(logs, { recursive: true });
}
