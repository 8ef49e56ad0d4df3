/** Debian's Chromium, or the browser that CHROMIUM names, for the tests of the dashboard. */
import { accessSync, constants } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = [
  process.env.CHROMIUM,
  // Chromium's engine without windows around the pages: the tests take half the CPU time in it.
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

function isProgram(path: string | undefined): path is string {
  if (path === undefined) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const executablePath = PLACES.find(isProgram);

/** Why there is no browser to test in; false where there is one. */
export const noBrowser: false | string =
  executablePath === undefined
    ? 'Chromium is not installed (apt-get install chromium-headless-shell)'
    : false;

const OPTIONS = {
  ...(executablePath !== undefined && { executablePath }),
  // No sandbox: the pages are our own, and containers often lack what a sandbox needs. The rule lets tests use names of
  // a local network, which lead to this machine.
  args: ['--no-sandbox', '--host-resolver-rules=MAP *.lan 127.0.0.1'],
};

/** Starts the browser that the test files of this process share. */
export function launch(): Promise<Browser> {
  return chromium.launch(OPTIONS);
}
