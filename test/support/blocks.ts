/** The blocks of TypeScript in README and docs/. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run.js';

export const README = 'README.md';

export const PAGES: readonly string[] = [
  ...[README, 'CONTRIBUTING.md'],
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The text of a page. */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The blocks of TypeScript on a page. */
export function blocksOf(page: string): string[] {
  return [...read(page).matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
}

/** File of a block, without its ending. */
export function nameOf(page: string, index: number): string {
  return `${page.replaceAll(/\W/g, '-')}-${index}`;
}
