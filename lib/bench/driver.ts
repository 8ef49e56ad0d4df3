/** A driver: a logger behind three calls, and how it is made. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A logger that is open on a file. */
export interface Driver {
  log(step: readonly number[], data: Readonly<Record<string, unknown>>): void;
  /** Hands buffered records to the operating system, if the logger has a call for it. */
  flush(): void | Promise<void>;
  /** Fulfilled when the operating system has every byte. */
  close(): void | Promise<void>;
}

/** Where `create` writes, and from which directories packages are resolved. */
export interface Destination {
  readonly path: string;
  readonly roots: readonly string[];
}

export interface DriverSpec {
  readonly name: string;
  /** Text shown in place of the name. */
  readonly label?: string;
  /** A yardstick does not write: its figure is the cost of the rest of the loop. */
  readonly isYardstick?: boolean;
  /** Whether standard output is the log file. */
  readonly usesStdout?: boolean;
  /** Packages that the driver needs. */
  readonly needs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A separate program, called with the case, the log file, and the count of bursts or records. */
  readonly program?: readonly string[];
  /** Share of the counts to run: less than 1 for slow loggers. */
  readonly share?: number;
  /** Recovers the file, as the next run on it does first. Called before lines are counted. */
  recover?(path: string): Promise<void>;
  create(place: Destination): Driver | Promise<Driver>;
}

export function labelOf({ name, label = name }: DriverSpec): string {
  return label;
}

/** Loads a package from the first directory in which the package resolves. */
export function requireFrom(roots: readonly string[], name: string): unknown {
  return createRequire(resolveFrom(roots, name) ?? import.meta.url)(name);
}

/** A file from which `name` resolves; undefined when the package is not installed. */
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

/** `create` of a driver that is not opened as a logger: a program, or a case that opens its own. */
export function notOpened(): never {
  throw new Error('this driver is not opened');
}
