/**
 * What all copies of the package in a thread share: a module that is evaluated again (hot reloading, a cleared
 * `require.cache`) or lies in a second bundle has variables of its own.
 *
 * @param name ends in the version of what is shared: another version of the package may be loaded, too.
 */
export function shared<T>(name: string, make: () => T): T {
  const key = Symbol.for(`dllogger.${name}`);
  const all = globalThis as { [key: symbol]: unknown };
  all[key] ??= make();
  return all[key] as T;
}
