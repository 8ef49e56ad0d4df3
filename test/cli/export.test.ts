import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { dllogger } from '../support/cli.js';
import { withLog } from '../support/log.js';
import { times } from '../support/long.js';
import { temporaryDirectory } from '../support/run.js';
import { epochs, logOf, session } from '../support/sessions.js';

const directory = temporaryDirectory();
const path = withLog((logger) => {
  logger.log('PARAMETER', { lr: 0.1 });
  logger.log([0, 1], { loss: 0.5, epoch: 9 });
  logger.log(7, { loss: Number.NaN, 'a,"b"\n': 'x,"y"\n' });
  logger.log('90%', { late: [1, { b: null }], loss: null });
});

/** Rows of CSV without the times, which differ. */
function rows(stdout: string): string[] {
  return stdout.replace(/^[\d.]+,[^,]*,[\d.e-]+,/gm, '').split(/\n(?=[^"]*(?:"[^"]*"[^"]*)*$)/);
}

const WIDE = [
  'timestamp,datetime,elapsedtime,step,epoch,iteration,validation,session,loss,data.epoch,"a,""b""\n",late',
  '"[0,1]",0,1,,0,0.5,9,,',
  '7,,7,,0,NaN,,"x,""y""\n",',
  '90%,,,,0,,,,"[1,{""b"":null}]"',
  '',
];

test('CSV has a row for each record, and a column for each metric, also for late ones', async () => {
  const { code, stdout } = await dllogger(['export', path, '--to', 'csv']);
  assert.equal(code, 0);
  assert.deepEqual(rows(stdout), WIDE);
  assert.equal((await dllogger(['export', path, '--to', 'csv', '--wide'])).stdout, stdout);
  assert.equal(
    (await dllogger(['export', '-', '--to', 'csv'], { input: readFileSync(path) })).stdout,
    stdout,
  );
});

test('--long gives a row for each value', async () => {
  const { stdout } = await dllogger(['export', path, '--to', 'csv', '--long']);
  assert.deepEqual(rows(stdout), [
    'timestamp,datetime,elapsedtime,step,epoch,iteration,validation,session,metric,value',
    '"[0,1]",0,1,,0,loss,0.5',
    '"[0,1]",0,1,,0,epoch,9',
    '7,,7,,0,loss,NaN',
    '7,,7,,0,"a,""b""\n","x,""y""\n"',
    '90%,,,,0,late,"[1,{""b"":null}]"',
    '90%,,,,0,loss,',
    '',
  ]);
});

test('json gives one list, ndjson an object a line', async () => {
  const { stdout } = await dllogger(['export', path, '--to', 'json']);
  const list = JSON.parse(stdout);
  assert.equal(list.length, 3);
  const { timestamp, elapsedtime, datetime, ...rest } = list[0];
  assert.ok(timestamp > 1e9 && elapsedtime < 100 && datetime.startsWith('20'));
  assert.deepEqual(rest, {
    step: [0, 1],
    epoch: 0,
    iteration: 1,
    session: 0,
    loss: 0.5,
    'data.epoch': 9,
  });
  assert.equal((await dllogger(['export', path, '--json'])).stdout, stdout);
  const lines = (await dllogger(['export', path, '--to', 'ndjson'])).stdout.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    list,
  );
  const long = await dllogger(['export', path, '--to', 'json', '--long', '--parameters']);
  assert.deepEqual(
    JSON.parse(long.stdout).map(({ metric, value }: Record<string, unknown>) => [metric, value])[0],
    ['lr', 0.1],
  );
});

test('zero keeps its sign', async () => {
  const zeros = withLog((logger) => logger.log([0], { a: -0, b: 0, c: [], d: 'x' }));
  for (const long of [[], ['--long']]) {
    const { stdout } = await dllogger(['export', zeros, '--to', 'csv', '-m', 'a,b', ...long]);
    assert.match(stdout, long.length > 0 ? /a,-0\n.*b,0\n$/ : /,-0,0\n$/);
  }
});

test('a number has one text, however the log writes it; a fraction keeps the digits of the log', async () => {
  const bits = new DataView(new ArrayBuffer(8));
  const doubles = Array.from({ length: times(500, 200_000) }, () => {
    bits.setUint32(0, Math.random() * 2 ** 32);
    bits.setUint32(4, Math.random() * 2 ** 32);
    const value = bits.getFloat64(0);
    // Half of the numbers have the size of metrics.
    return Math.random() < 0.5 ? value % 1000 : value;
  }).filter(Number.isFinite);
  const whole = [
    '0',
    '-0',
    '0.0',
    '-0.0',
    '3.0',
    '10',
    '-1.50',
    '1e3',
    '1E-05',
    '0.0000001',
    '0.000001',
  ];
  const long = [
    '999999999999999',
    '9007199254740993',
    '12345678901234567890',
    '1e21',
    '0.10000000000000000000',
  ];
  const texts = [
    ...doubles.map(String),
    ...doubles.map((x) => x.toExponential()),
    ...whole,
    ...long,
  ];
  const numbers = join(directory, 'numbers.json');
  const line = (text: string) =>
    `DLLL {"timestamp": "1700000000.120000", "datetime": "x", "elapsedtime": "1.50", "type": "LOG", "step": [0], "data": {"a": ${text}}}\n`;
  writeFileSync(numbers, [...texts, '0.10000000000000001'].map(line).join(''));
  const wanted = texts.map(Number).map((x) => (Object.is(x, -0) ? '-0' : String(x)));
  for (const shape of [[], ['--long']]) {
    const { stdout } = await dllogger(['export', numbers, '--to', 'csv', ...shape]);
    const cells = stdout
      .split('\n')
      .slice(1, -1)
      .map((row) => row.split(','));
    assert.deepEqual(
      cells.map((row) => row.at(-1)),
      [...wanted, '0.10000000000000001'],
    );
    assert.deepEqual(cells[0]?.slice(0, 3), ['1700000000.12', 'x', '1.5']);
  }
});

test('-m chooses metrics, and -o writes a file', async () => {
  const target = join(directory, 'out.csv');
  const args = ['export', path, '--to', 'csv', '-m', 'l*', '-o', target];
  const { code, stdout } = await dllogger(args);
  assert.deepEqual([code, stdout], [0, '']);
  assert.match(readFileSync(target, 'utf8'), /,validation,session,loss,late\n/);
});

test('a metric with the name of a fixed column gets another, unique name', async () => {
  const clashing = withLog((logger) => {
    logger.log([3], { epoch: 1, 'data.epoch': 2, 'data.data.epoch': 3, 'data.x': 4, metric: 5 });
    logger.log([4], { step: 'a', timestamp: 6 });
  });
  const { stdout } = await dllogger(['export', clashing, '--to', 'csv']);
  const [header, first, second] = stdout.split('\n').map((line) => line.split(','));
  assert.deepEqual(header?.slice(8), [
    ...['data.epoch', 'data.data.epoch', 'data.data.data.epoch', 'data.x', 'metric'],
    ...['data.step', 'data.timestamp'],
  ]);
  assert.equal(new Set(header).size, header?.length);
  assert.deepEqual(first?.slice(3), ['[3]', '3', '', '', '0', '1', '2', '3', '4', '5', '', '']);
  assert.deepEqual(second?.slice(3), ['[4]', '4', '', '', '0', '', '', '', '', '', 'a', '6']);
  const [object] = JSON.parse((await dllogger(['export', clashing, '--json'])).stdout);
  assert.deepEqual([object.epoch, object['data.epoch'], object['data.data.epoch']], [3, 1, 2]);
});

test('records of many shapes: every value stands under its metric', async () => {
  const mixed = withLog((logger) => {
    for (let i = 0; i < 300; i++) {
      // Some values are neighbours, some have hundreds of columns between them; one is longer than a block of the file.
      const names = [0, 1, 2].map((n) => `m${(i * (n + 3)) % (i < 100 ? 40 : 5000)}`);
      const text = i === 151 ? 'ü'.repeat(200_000) : `t${i}ü`;
      const values = names.map((name, n) => [name, n === 1 && i % 7 === 0 ? text : i + n / 4]);
      logger.log([i >> 4, i], Object.fromEntries(values));
    }
  });
  const { stdout } = await dllogger(['export', mixed, '--to', 'csv']);
  const table = join(directory, 'mixed.csv');
  assert.equal((await dllogger(['export', mixed, '--to', 'csv', '-o', table])).code, 0);
  assert.equal(readFileSync(table, 'utf8'), stdout);
  const [header = [], ...lines] = stdout.trimEnd().split('\n').map(cellsOf);
  const list = JSON.parse((await dllogger(['export', mixed, '--json'])).stdout);
  assert.equal(lines.length, 300);
  for (const [i, cells] of lines.entries()) {
    assert.equal(cells.length, header.length);
    const { step, ...rest } = list[i];
    const found = header.flatMap((name, j) =>
      name === 'step' || cells[j] === '' ? [] : [[name, cells[j]] as const],
    );
    assert.equal(cells[3], JSON.stringify(step));
    const expected = Object.entries(rest).map(([name, value]) => [name, String(value)]);
    assert.deepEqual(found.sort(), expected.sort());
  }
});

/** The cells of a row without quotes in its text. */
function cellsOf(line: string): string[] {
  return Array.from(line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g), ([, a, b]) => a ?? b ?? '');
}

test('--safe marks text that a spreadsheet would take for a formula, and changes no number', async () => {
  const attack = withLog((logger) => {
    logger.log([0], {
      '=cmd()': -1,
      note: '=HYPERLINK("x")',
      at: '@SUM(1)',
      list: [-1],
      sum: -0.5,
    });
    logger.log('+1', { note: '-2', full: '\uff1dA1', plain: 'a=b' });
  });
  const args = ['export', attack, '--to', 'csv'];
  const safe = (await dllogger([...args, '--safe'])).stdout;
  assert.match(safe, /,'=cmd\(\),/);
  assert.match(safe, /,-1,"'=HYPERLINK\(""x""\)",'@SUM\(1\),\[-1\],-0\.5,/);
  assert.match(safe, /,'\+1,,,,0,,'-2,,,,'\uff1dA1,a=b\n/);
  assert.match((await dllogger([...args, '--safe', '--long'])).stdout, /,'=cmd\(\),-1\n/);
  assert.equal((await dllogger(args)).stdout, safe.replaceAll(/'(?=[=@+\-\uff1d])/g, ''));
  const refused = await dllogger(['export', attack, '--to', 'json', '--safe']);
  assert.deepEqual([refused.code, refused.stderr], [2, 'dllogger: --safe is for --to csv\n']);
});

const twice = logOf(
  session(0, [['PARAMETER', { lr: 1 }], ...epochs(0, 2, 1)]),
  session(1000, epochs(1, 2, 2)),
);

test('a resumed run is exported whole, with a column for sessions; --latest drops replaced records', async () => {
  const losses = async (...args: string[]) => {
    const { stdout } = await dllogger(['export', twice, '--json', '-m', 'loss', ...args]);
    return JSON.parse(stdout).map(({ session, loss }: Record<string, unknown>) => [session, loss]);
  };
  const [one, two] = [Array(6).fill([0, 1]), Array(3).fill([1, 2])];
  assert.deepEqual(await losses(), [...one, ...two]);
  assert.deepEqual(await losses('--latest'), [...one.slice(0, 3), ...two]);
  const piped = await dllogger(['export', '-', '--json', '-m', 'loss', '--latest'], {
    input: readFileSync(twice),
  });
  assert.equal(JSON.parse(piped.stdout).length, 6);
});

test('several logs, of a folder too, are one table with the column run', async () => {
  const folder = join(temporaryDirectory(), 'runs');
  mkdirSync(folder);
  copyFileSync(twice, join(folder, 'b.json'));
  copyFileSync(path, join(folder, 'a.json'));
  for (const format of ['csv', 'json', 'ndjson']) {
    const args = ['export', folder, '--to', format, '-m', 'l*'];
    const { stdout } = await dllogger(args);
    assert.equal(stdout.match(/a\.json/g)?.length, 3, format);
    assert.equal(stdout.match(/b\.json/g)?.length, 9);
  }
  const { stdout } = await dllogger(['export', folder, '--to', 'csv', '-m', 'l*']);
  assert.match(stdout, /^run,timestamp,.*,session,loss,late\na\.json,/);
});

test('a name that matches nothing is an error that lists near names, and writes nothing', async () => {
  const target = join(directory, 'none.csv');
  const args = ['export', path, '--to', 'csv', '-m', 'los', '-o', target];
  const { code, stderr } = await dllogger(args);
  assert.equal(code, 2);
  assert.equal(stderr, 'dllogger: -m: no metric is "los"; did you mean "loss"?\n');
  assert.equal(existsSync(target), false);
});

test('a log that is cut or replaced between its two readings is an error, and no file is left', {
  skip: process.platform === 'win32' && 'there are no FIFOs',
}, async () => {
  const text = readFileSync(path);
  const changes = {
    cut: (log: string) => truncateSync(log, 0),
    replaced: (log: string) => {
      writeFileSync(`${log}.new`, text);
      renameSync(`${log}.new`, log);
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    const log = join(directory, `${what}.json`);
    const fifo = join(directory, `${what}.fifo`);
    const table = join(directory, `${what}.csv`);
    writeFileSync(log, text);
    execFileSync('mkfifo', [fifo]);
    const answer = dllogger(['export', log, fifo, '--to', 'csv', '-o', table]);
    // Opened once the first log has been read for the first time.
    const pipe = await open(fifo, 'w');
    change(log);
    await pipe.writeFile(text);
    await pipe.close();
    const { code, stderr } = await answer;
    assert.deepEqual([code, existsSync(table)], [2, false], what);
    assert.match(stderr, /was replaced by another file, or cut, while it was read/);
  }
});
