/** What is compared: a logger behind three calls, and how it is made. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A logger that is open on a file. */
export interface Driver {
  log(step: readonly number[], data: Readonly<Record<string, unknown>>): void;
  /** Brings what is waiting to the operating system, as far as the logger can be asked to. */
  flush(): void | Promise<void>;
  /** Fulfilled when the operating system has every byte. */
  close(): void | Promise<void>;
}

/** Where `create` writes, and from which directories packages are resolved. */
export interface Place {
  readonly path: string;
  readonly roots: readonly string[];
}

export interface DriverSpec {
  readonly name: string;
  /** Shown in place of the name. */
  readonly label?: string;
  /** A yardstick does not write; it tells what the rest of the loop costs. */
  readonly isYardstick?: boolean;
  /** Standard output is the log file. */
  readonly usesStdout?: boolean;
  /** Packages that have to resolve. */
  readonly needs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A program of its own, called with the case, the log file, and the count of bursts or records. */
  readonly program?: readonly string[];
  /** A share of the counts is enough for what is slow. */
  readonly share?: number;
  /** Does what the next run on the file does first, before its lines are counted. */
  recover?(path: string): Promise<void>;
  create(place: Place): Driver | Promise<Driver>;
}

export function labelOf({ name, label = name }: DriverSpec): string {
  return label;
}

/** A package as it resolves from the first of the directories that has it. */
export function requireFrom(roots: readonly string[], name: string): unknown {
  return createRequire(resolveFrom(roots, name) ?? import.meta.url)(name);
}

/** The file to resolve from, so that `name` is found; undefined when it is not installed. */
export function resolveFrom(roots: readonly string[], name: string): string | undefined {
  return roots
    .map((root) => join(root, 'resolve.js'))
    .find((file) => {
      try {
        createRequire(file).resolve(name);
        return true;
      } catch {
        return false;
      }
    });
}

/** The version of an installed package, or ''. */
export function versionOf(roots: readonly string[], name: string): string {
  const file = resolveFrom(roots, name);
  if (file === undefined) return '';
  try {
    const manifest: unknown = createRequire(file)(`${name}/package.json`);
    const { version } = manifest as { version?: unknown };
    return typeof version === 'string' ? version : '';
  } catch {
    return '';
  }
}

/** What is not opened as a logger: a program, or a case that brings its own. */
export function notOpened(): never {
  throw new Error('this driver is not opened');
}
