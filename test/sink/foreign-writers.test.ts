/** Programs without locks append to the log, as Python's DLLogger does: no byte of theirs is lost. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { recover } from 'dllogger';
import { logOnce, openLog } from '../support/log.js';
import { times } from '../support/long.js';
import { runScript, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();

/** Writes lines in pieces of a number of bytes, which may end within a line; 0: a line at a time. */
const APPENDER = `
  import { openSync, writeSync } from 'node:fs';
  const [, path, name, piece, count] = process.argv;
  const log = openSync(path, 'a');
  let buffer = '';
  const write = (text) => writeSync(log, text);
  for (let i = 0; i < Number(count); i++) {
    const line = 'DLLL {"type": "LOG", "step": [' + i + '], "data": {"' + name + '": 0.25}}\\n';
    if (piece === '0') {
      write(line);
      continue;
    }
    buffer += line;
    while (buffer.length >= Number(piece)) {
      write(buffer.slice(0, Number(piece)));
      buffer = buffer.slice(Number(piece));
    }
  }
  write(buffer);
`;

const LOGGER = `
  import { JSONStreamBackend, Logger } from 'dllogger';
  const logger = new Logger([new JSONStreamBackend(1, process.argv[1], { append: true })]);
  for (let i = 0; ; i++) {
    logger.log([i], { ours: i });
    if (i % 100 === 0) logger.flush();
    if (i === 3000) process.kill(process.pid, 'SIGKILL');
  }
`;

/** The number of records of one appender in the text, with records of other writers between them. */
function countOf(text: string, name: string): number {
  return text.split(`"${name}": 0.25}}\n`).length - 1;
}

test('lines that a writer without locks appends stay whole, beside opens and a kill', async () => {
  const path = join(directory, 'lines.json');
  writeFileSync(path, '');
  const COUNT = times(25_000, 60_000);
  let running = 2;
  const appenders = ['first', 'second'].map((name) =>
    runScript(APPENDER, { args: [path, name, '0', `${COUNT}`] }).finally(() => running--),
  );
  const killed = runScript(LOGGER, { args: [path] });
  while (running > 0) {
    for (let i = 0; i < 5; i++) {
      const backend = openLog(path, true);
      logOnce(backend, i);
      backend.close();
    }
    await setImmediate();
  }
  for (const result of await Promise.all(appenders)) assert.equal(result.code, 0, result.stderr);
  assert.equal((await killed).signal, 'SIGKILL');
  openLog(path, true).close();
  const text = readFileSync(path, 'latin1');
  assert.equal(countOf(text, 'first'), COUNT);
  assert.equal(countOf(text, 'second'), COUNT);
  // Each record is one line, except the one whose writer was killed in the middle.
  const lines = text.split('\n');
  const broken = lines.filter((line) => line !== '' && !/^DLLL \{.*\}$/.test(line));
  assert.ok(broken.length <= 1, broken.slice(0, 3).join('\n'));
});

test('pieces of lines that a writer without locks appends stay, byte for byte', async () => {
  const path = join(directory, 'pieces.json');
  writeFileSync(path, '');
  const COUNT = times(12_000, 60_000);
  let isRunning = true;
  const appender = runScript(APPENDER, { args: [path, 'foreign', '8192', `${COUNT}`] }).finally(
    () => {
      isRunning = false;
    },
  );
  while (isRunning) {
    const backend = openLog(path, true);
    logOnce(backend, 0);
    backend.close();
    await setImmediate();
  }
  assert.equal((await appender).code, 0);
  try {
    recover(path);
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'ERR_DLLOGGER_NO_BINARY');
  }
  // Apart from our lines and the newlines that end unfinished lines, the file holds all bytes of the other program, in
  // order.
  let expected = '';
  for (let i = 0; i < COUNT; i++) {
    expected += `DLLL {"type": "LOG", "step": [${i}], "data": {"foreign": 0.25}}\n`;
  }
  const ours = /DLLL \{"timestamp": [^\n]*\n/g;
  const strip = (text: string) => text.replaceAll('\n', '');
  assert.ok(strip(readFileSync(path, 'latin1').replace(ours, '')) === strip(expected));
});
