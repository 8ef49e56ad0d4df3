/** Programs without locks append to the log, as Python's DLLogger does: no byte of theirs is lost. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { recover } from 'dllogger';
import { logOnce, openLog } from '../support/log.js';
import { times } from '../support/long.js';
import { type Run, runScript, temporaryDirectory } from '../support/run.js';
import { STAGES, Stages } from '../support/stages.js';

const directory = temporaryDirectory();

/**
 * Writes lines in pieces of a number of bytes, which may end within a line, with a pause after each piece; 0: a line at a
 * time, without pauses. Writes a number of lines, and goes on until the test says that what must happen meanwhile has
 * happened. Prints the number of lines.
 */
const APPENDER = `${STAGES}
  import { openSync, writeSync } from 'node:fs';
  const [, path, name, piece, count] = process.argv;
  const log = openSync(path, 'a');
  let buffer = '';
  const write = (text) => writeSync(log, text);
  reach(name + ' ready');
  reached('start');
  let i = 0;
  // The last line follows whatever had to happen.
  for (let isLast = false; !isLast; i++) {
    isLast = i >= Number(count) && isReached('enough');
    const line = 'DLLL {"type": "LOG", "step": [' + i + '], "data": {"' + name + '": 0.25}}\\n';
    if (i === 1000) reach(name + ' writes');
    if (piece === '0') {
      write(line);
      // Fewer lines while it waits.
      if (i >= Number(count) && i % 20 === 0) pause();
      continue;
    }
    buffer += line;
    while (buffer.length >= Number(piece)) {
      write(buffer.slice(0, Number(piece)));
      buffer = buffer.slice(Number(piece));
      pause();
    }
  }
  write(buffer);
  console.log(i);
`;

/** Kills itself while both appenders write and this process opens the log. */
const LOGGER = `${STAGES}
  import { JSONStreamBackend, Logger } from 'dllogger';
  const logger = new Logger([new JSONStreamBackend(1, process.argv[1], { append: true })]);
  reach('logger ready');
  reached('start');
  for (let i = 0; ; i++) {
    logger.log([i], { ours: i });
    if (i % 100 !== 0) continue;
    logger.flush();
    if (i < 3000) continue;
    if (isReached('opens')) process.kill(process.pid, 'SIGKILL');
    // Fewer records while it waits.
    pause();
  }
`;

/** The number of records of one appender in the text, with records of other writers between them. */
function countOf(text: string, name: string): number {
  return text.split(`"${name}": 0.25}}\n`).length - 1;
}

interface Beside {
  readonly stages: Stages;
  /** The processes that append, by name. */
  readonly appenders: Readonly<Record<string, Promise<Run>>>;
  readonly killed?: Promise<Run>;
  /** Least number of opens while all of these processes write. */
  readonly least: number;
}

/** Opens the log, logs a record and closes it, again and again while the processes write. Waits for their ends. */
async function openBeside(
  path: string,
  { stages, appenders, killed, least }: Beside,
): Promise<Run[]> {
  const all = Object.values(appenders);
  let running = all.length;
  for (const appender of all) appender.finally(() => running--);
  let isKilled = killed === undefined;
  killed?.finally(() => {
    isKilled = true;
  });
  const reached = (stage: string) =>
    stages.reached(
      Object.keys(appenders).map((name) => `${name} ${stage}`),
      all,
    );
  await reached('ready');
  if (killed !== undefined) await stages.reached(['logger ready'], [killed]);
  stages.reach('start');
  await reached('writes');
  let isEnough = false;
  for (let opens = 1; running > 0; opens++) {
    const backend = openLog(path, true);
    logOnce(backend, opens);
    backend.close();
    if (opens % 5 === 0 || opens === least) await setImmediate();
    if (isEnough) continue;
    assert.equal(running, all.length, 'an appender ended early');
    if (opens === least) stages.reach('opens');
    isEnough = opens >= least && isKilled;
    if (isEnough) stages.reach('enough');
  }
  return Promise.all(all);
}

test('lines that a writer without locks appends stay whole, beside opens and a kill', async () => {
  const path = join(directory, 'lines.json');
  writeFileSync(path, '');
  const stages = new Stages();
  const lines = String(times(25_000, 60_000));
  const append = (name: string) =>
    runScript(APPENDER, { args: [path, name, '0', lines, stages.place] });
  const killed = runScript(LOGGER, { args: [path, stages.place] });
  const appenders = { first: append('first'), second: append('second') };
  const [first, second] = await openBeside(path, { stages, appenders, killed, least: 20 });
  for (const result of [first, second]) assert.equal(result?.code, 0, result?.stderr);
  assert.equal((await killed).signal, 'SIGKILL');
  openLog(path, true).close();
  const text = readFileSync(path, 'latin1');
  assert.equal(countOf(text, 'first'), Number(first?.stdout));
  assert.equal(countOf(text, 'second'), Number(second?.stdout));
  // Each record is one line, except the one whose writer was killed in the middle.
  const broken = text.split('\n').filter((line) => line !== '' && !/^DLLL \{.*\}$/.test(line));
  assert.ok(broken.length <= 1, broken.slice(0, 3).join('\n'));
});

test('pieces of lines that a writer without locks appends stay, byte for byte', async () => {
  const path = join(directory, 'pieces.json');
  writeFileSync(path, '');
  const stages = new Stages();
  const appender = runScript(APPENDER, { args: [path, 'foreign', '8192', '10000', stages.place] });
  // Each open waits up to a second for the rest of a line.
  const beside = { stages, appenders: { foreign: appender }, least: times(1, 5) };
  await openBeside(path, beside);
  const { code, stdout, stderr } = await appender;
  assert.equal(code, 0, stderr);
  try {
    recover(path);
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'ERR_DLLOGGER_NO_BINARY');
  }
  // Apart from our lines and the newlines that end unfinished lines, the file holds all bytes of the other program, in
  // order.
  let expected = '';
  for (let i = 0; i < Number(stdout); i++) {
    expected += `DLLL {"type": "LOG", "step": [${i}], "data": {"foreign": 0.25}}\n`;
  }
  const ours = /DLLL \{"timestamp": [^\n]*\n/g;
  const strip = (text: string) => text.replaceAll('\n', '');
  assert.ok(strip(readFileSync(path, 'latin1').replace(ours, '')) === strip(expected));
});
