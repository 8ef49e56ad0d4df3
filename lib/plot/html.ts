/** The dashboard as one file that needs no server: page, script, style and data in it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SavedPage } from './saved.js';

const PAGE = new URL('../page/', import.meta.url);

export function drawHtml(page: SavedPage): string {
  const [style, icon] = [asset('style.css'), asset('icon.svg')];
  // Within a script HTML recognises only the script's end.
  const script = asset('dashboard.js').replaceAll('</script', '<\\/script');
  const data = JSON.stringify(page).replaceAll('<', '\\u003c');
  const policy = [
    "default-src 'none'",
    `script-src '${digest(script)}'`,
    `style-src '${digest(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const image = `data:image/svg+xml;base64,${Buffer.from(icon).toString('base64')}`;
  return asset('index.html')
    .replace('<meta name="viewport"', () => {
      return `<meta http-equiv="Content-Security-Policy" content="${policy}">\n<meta name="viewport"`;
    })
    .replace('href="icon.svg"', () => `href="${image}"`)
    .replace('<link rel="stylesheet" href="style.css">', () => `<style>${style}</style>`)
    .replace('<script type="module" src="dashboard.js"></script>', () => {
      return `<script type="application/json" id="data">${data}</script>\n<script type="module">${script}</script>`;
    });
}

function asset(name: string): string {
  return readFileSync(new URL(name, PAGE), 'utf8');
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
