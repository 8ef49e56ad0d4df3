/** From operands to logs: paths, folders, and globs that no shell has expanded. */
import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { plural } from '../base/plural.js';
import { compareNames } from '../runs/natural-order.js';
import { Discovery } from '../serve/discovery.js';
import { UsageError } from './command.js';
import { printable } from './escape.js';

/**
 * The logs that operands name: each as it is, those in folders, and those that globs match.
 *
 * @param onError Called for each path in folders that cannot be read; the logs are those in the rest.
 * @throws UsageError for a folder or glob in which there is no log.
 * @throws DLLoggerError where nothing at all can be read.
 */
export async function logsOf(
  operands: readonly string[],
  onError: (error: unknown, path: string) => void,
): Promise<string[]> {
  const logs: string[] = [];
  const unreadable = new Map<string, unknown>();
  for (const operand of operands) {
    const paths = expanded([operand]);
    const refused = new Map<string, unknown>();
    let isFound = false;
    for (const path of paths) {
      const found =
        path === '-' || !isFolder(path) ? [path] : await logsIn(path, paths.length > 1, refused);
      isFound ||= found.length > 0;
      // A log that is named twice counts twice, a log that is found twice once.
      logs.push(...found.filter((log) => log === operand || !logs.includes(log)));
    }
    if (!isFound && refused.size === 0)
      throw new UsageError(`there is no log in what "${printable(operand)}" matches`);
    for (const [path, error] of refused) unreadable.set(path, error);
  }
  const errors = [...unreadable];
  const last = logs.length === 0 ? errors.pop() : undefined;
  for (const [path, error] of errors) onError(error, path);
  if (last !== undefined) throw last[1];
  return logs;
}

/**
 * The paths that operands name, globs by what they match.
 *
 * @throws UsageError for a glob that matches nothing.
 */
export function expanded(operands: readonly string[]): string[] {
  return operands.flatMap((operand) => (isGlob(operand) ? globbed(operand) : [operand]));
}

/**
 * The only log that an operand names.
 *
 * @throws UsageError where it names several, or none.
 */
export async function onlyLogOf(command: string, operand: string): Promise<string> {
  const logs = await logsOf([operand], (error) => {
    throw error;
  });
  const [only] = logs;
  if (logs.length === 1 && only !== undefined) return only;
  const example = printable(only ?? '');
  throw new UsageError(
    `${command} takes one log, and "${printable(operand)}" holds ${logs.length}: name one of them, such as ${example}`,
  );
}

/** False also for what cannot be looked at, such as a loop of links: reading it says why. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * The logs in a folder.
 *
 * @param isMatched Whether a glob matched the folder and other paths: it may then be without a log.
 * @param unreadable Gets the paths that cannot be read, with the errors.
 */
async function logsIn(
  folder: string,
  isMatched: boolean,
  unreadable: Map<string, unknown>,
): Promise<string[]> {
  const discovery = new Discovery(folder);
  const logs: string[] = [];
  for await (const batch of discovery.scan()) logs.push(...batch);
  for (const [path, error] of discovery.unreadable) unreadable.set(path, error);
  if (logs.length > 0 || isMatched || discovery.unreadable.size > 0) return logs.sort(compareNames);
  const others = discovery.rejected;
  const what = others === 0 ? '' : `: ${plural(others, 'file is', 'files are')} none`;
  throw new UsageError(`there is no log in the folder "${printable(folder)}"${what}`);
}

const GLOB = /[*?]|\[[^\]]+\]/;

function isGlob(operand: string): boolean {
  return GLOB.test(operand) && !existsSync(operand);
}

/** The paths that a glob matches: `*` and `?` within a name, `[ab]`, `**` for any folders. */
function globbed(glob: string): string[] {
  const parts = glob.split(process.platform === 'win32' ? /[\\/]/ : '/');
  const isAbsolute = parts[0] === '';
  let paths = [isAbsolute ? '/' : ''];
  for (const part of isAbsolute ? parts.slice(1) : parts) {
    if (part === '**') paths = paths.flatMap((path) => foldersBelow(path));
    else if (!GLOB.test(part)) paths = paths.map((path) => join(path, part)).filter(existsSync);
    else paths = paths.flatMap((path) => matching(path, expressionOf(part)));
  }
  if (paths.length > 0) return [...new Set(paths)].sort(compareNames);
  throw new UsageError(`no file matches "${printable(glob)}"`);
}

function expressionOf(part: string): RegExp {
  const source = part
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replaceAll('[!', '[^');
  // As in a shell, a wildcard does not match the dot of a hidden name.
  const hidden = part.startsWith('.') ? '' : '(?!\\.)';
  try {
    return new RegExp(`^${hidden}${source}$`, 's');
  } catch {
    throw new UsageError(`"${printable(part)}" is not a valid glob`);
  }
}

function matching(folder: string, expression: RegExp): string[] {
  return entriesOf(folder)
    .filter(({ name }) => expression.test(name))
    .map(({ name }) => join(folder, name));
}

function foldersBelow(folder: string): string[] {
  // Links are not followed: they may lead back.
  const below = entriesOf(folder)
    .filter((one) => one.isDirectory() && !/^(\.|node_modules$)/.test(one.name))
    .map(({ name }) => join(folder, name));
  return [folder, ...below.flatMap((path) => foldersBelow(path))];
}

/** The entries of a folder; none where it is no folder, or cannot be read. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
