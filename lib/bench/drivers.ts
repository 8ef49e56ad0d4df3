/** All drivers, in the order of the tables. */
import { pathToFileURL } from 'node:url';
import type { Driver, DriverSpec } from './driver.js';
import { OTHERS } from './drivers-others.js';
import { OURS } from './drivers-ours.js';
import { PLAIN } from './drivers-plain.js';

export const DRIVERS: readonly DriverSpec[] = [...OURS, ...OTHERS, ...PLAIN];

/**
 * The user's own logger: a module whose default export opens the logger on a file.
 *
 * @param path absolute.
 */
export function against(path: string, label = path): DriverSpec {
  return {
    name: path,
    label,
    create: async (place) => {
      const module: unknown = await import(pathToFileURL(path).href);
      const { default: open } = module as { default?: unknown };
      if (typeof open !== 'function') {
        throw new TypeError(
          `${path} has no default export that is a function: it should be ` +
            'export default (path) => ({ log(step, data) {}, flush() {}, close() {} })',
        );
      }
      const driver: unknown = await open(place.path);
      const { log, flush, close } = Object(driver) as Partial<Driver>;
      if (typeof log !== 'function') {
        throw new TypeError(
          `the default export of ${path} returned no object with log(step, data)`,
        );
      }
      const logger = driver as Driver;
      return {
        log: (step, data) => logger.log(step, data),
        flush: () => (typeof flush === 'function' ? logger.flush() : undefined),
        close: () => (typeof close === 'function' ? logger.close() : undefined),
      };
    },
  };
}

export function findDriver(name: string): DriverSpec {
  return DRIVERS.find((one) => one.name === name) ?? against(name);
}
