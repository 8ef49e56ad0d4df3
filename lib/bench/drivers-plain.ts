/** Drivers without a package: Node's own calls, and the best that plain JavaScript can do. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Driver, DriverSpec } from './driver.js';

/** A log line in its simplest form. */
function line(step: readonly number[], data: object): string {
  return JSON.stringify({ timestamp: Date.now() / 1000, type: 'LOG', step, data });
}

export const PLAIN: readonly DriverSpec[] = [
  {
    name: 'JSON.stringify + fs.writeSync',
    create: ({ path }) => {
      const file = openSync(path, 'a');
      return {
        log: (step, data) => {
          writeSync(file, `DLLL ${line(step, data)}\n`);
        },
        flush: () => {},
        close: () => closeSync(file),
      };
    },
  },
  {
    name: 'JSON.stringify + console.log',
    usesStdout: true,
    create: () => ({
      log: (step, data) => console.log(`DLLL ${line(step, data)}`),
      flush: () => {},
      close: () => {},
    }),
  },
  { name: 'plain JavaScript', create: ({ path }) => plainJavaScript(path) },
];

/** Characters collected before a write; a larger buffer was no faster. */
const BUFFER = 2 ** 16;

/**
 * Writes DLLogger's lines, with every shortcut that JavaScript allows and none of the checks: one
 * clock, date text cached for a second, key text cached, strings joined in a large buffer. The fastest
 * of nine ways to join and encode strings; V8 spends most of the time on the text of doubles.
 */
function plainJavaScript(path: string): Driver {
  const file = openSync(path, 'a');
  const bytes = Buffer.allocUnsafe(2 * BUFFER);
  const start = performance.now();
  const epoch = performance.timeOrigin * 1000;
  const digits = Array.from({ length: 1000 }, (_, i) => `${i}`.padStart(3, '0'));
  const keys = new Map<string, string>();
  let text = '';
  let second = 0;
  let timestamp = '';
  let datetime = '';

  /** The line up to the step. */
  function head(): string {
    const now = performance.now();
    const wall = epoch + now * 1000;
    if (wall >= second * 1e6 + 1e6) {
      second = Math.floor(wall / 1e6);
      const date = new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ');
      timestamp = `DLLL {"timestamp": "${second}.`;
      datetime = `", "datetime": "${date}.`;
    }
    const micros = Math.floor(wall - second * 1e6) | 0;
    const millis = (micros / 1000) | 0;
    const fraction = `${digits[millis]}${digits[micros - millis * 1000]}`;
    const elapsed = Math.round((now - start) * 1000) / 1e6;
    return `${timestamp}${fraction}${datetime}${fraction}+00:00", "elapsedtime": "${elapsed}", "type": "LOG", "step": [`;
  }

  function keyText(key: string): string {
    let found = keys.get(key);
    if (found === undefined) {
      found = `${JSON.stringify(key)}: `;
      keys.set(key, found);
    }
    return found;
  }

  function flush(): void {
    writeSync(file, bytes, 0, bytes.write(text, 'latin1'));
    text = '';
  }

  return {
    log: (step, data) => {
      let line = `${head()}${step[0] ?? ''}`;
      for (let i = 1; i < step.length; i++) line += `, ${step[i]}`;
      let separator = '], "data": {';
      for (const key in data) {
        const value = data[key];
        line += separator + keyText(key);
        line += typeof value === 'number' ? value : JSON.stringify(value);
        separator = ', ';
      }
      if (separator !== ', ') line += separator;
      text += `${line}}}\n`;
      if (text.length > BUFFER) flush();
    },
    flush,
    close: () => {
      flush();
      closeSync(file);
    },
  };
}
