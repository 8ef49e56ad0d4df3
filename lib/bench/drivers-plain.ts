/** What needs no package: Node's own calls, and the best that plain JavaScript can do. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Driver, DriverSpec } from './driver.js';

/** A line as one would write it by hand. */
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

/** Characters collected before they are written. */
const BUFFER = 2 ** 18;

/**
 * The same lines as ours, with every shortcut that JavaScript allows and none of the checks: one
 * clock, date text cached for a second, key text cached, strings joined in a large buffer.
 */
function plainJavaScript(path: string): Driver {
  const file = openSync(path, 'a');
  const bytes = Buffer.allocUnsafe(2 * BUFFER);
  const start = performance.now();
  const epoch = performance.timeOrigin * 1000;
  const keys = new Map<string, string>();
  let used = 0;
  let second = 0;
  let dateText = '';

  function number(value: unknown): string {
    return typeof value === 'number' ? `${value}` : JSON.stringify(value);
  }

  function flush(): void {
    writeSync(file, bytes, 0, used);
    used = 0;
  }

  return {
    log: (step, data) => {
      const now = performance.now();
      const wall = epoch + now * 1000;
      if (wall >= second * 1e6 + 1e6) {
        second = Math.floor(wall / 1e6);
        dateText = new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ');
      }
      const micros = `${Math.floor(wall - second * 1e6) + 1e6}`.slice(1);
      let text = `DLLL {"timestamp": "${second}.${micros}", "datetime": "${dateText}.${micros}+00:00", "elapsedtime": "${Math.round((now - start) * 1000) / 1e6}", "type": "LOG", "step": [`;
      for (let i = 0; i < step.length; i++) text += i === 0 ? `${step[i]}` : `, ${step[i]}`;
      let isFirst = true;
      for (const key in data) {
        let piece = keys.get(key);
        if (piece === undefined) {
          piece = `${JSON.stringify(key)}: `;
          keys.set(key, piece);
        }
        text += (isFirst ? '], "data": {' : ', ') + piece + number(data[key]);
        isFirst = false;
      }
      text += isFirst ? '], "data": {}}\n' : '}}\n';
      if (used + text.length > BUFFER) flush();
      used += bytes.write(text, used, 'latin1');
    },
    flush,
    close: () => {
      flush();
      closeSync(file);
    },
  };
}
