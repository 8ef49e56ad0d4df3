/** A place for a log that is not there yet: its directory, and a name that no other file has. */
import { closeSync, openSync } from 'node:fs';
import { makeDirectory } from '../base/directory.js';
import { systemError } from '../base/errors.js';
import { faultOf, isSystemError, openError } from './log-errors.js';

/** Creates a directory, and those above it; one that exists stays as it is. */
export function createDirectory(path: string): void {
  try {
    makeDirectory(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw systemError('cannot create the directory', { ...faultOf(error), path });
  }
}

/**
 * Creates an empty file by the first name of `path`, `path.1`, `path.2`, ... that is free. The system
 * creates a file only once, so no two processes get the same name.
 *
 * @returns the number's part of the name: '', `.1`, `.2` ...
 */
export function claimName(path: string): string {
  for (let number = 0; ; number++) {
    const suffix = number === 0 ? '' : `.${number}`;
    try {
      closeSync(openSync(`${path}${suffix}`, 'wx'));
      return suffix;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (error.code !== 'EEXIST') throw openError(path, faultOf(error));
    }
  }
}
