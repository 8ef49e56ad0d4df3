/** Copies of the package as a program has it installed. */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run.js';

/** The files that a logger needs. */
const PARTS = /\/dist$|\/dist\/[^/]*\.c?js$|\/dist\/(base|python|record|sink)(\/[^/]*\.js)?$/;

/** Copies the package's loggers, with a binary of build/Release, to where a program in this directory finds them. */
export function installLoggers(home: string, binary = 'dllogger.node'): void {
  const installed = join(home, 'node_modules', 'dllogger');
  const binaries = join('build', 'Release');
  mkdirSync(join(installed, binaries), { recursive: true });
  const filter = (source: string) => PARTS.test(source.replaceAll('\\', '/'));
  cpSync(join(ROOT, 'dist'), join(installed, 'dist'), { recursive: true, filter });
  cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'));
  cpSync(join(ROOT, binaries, binary), join(installed, binaries, 'dllogger.node'));
}
