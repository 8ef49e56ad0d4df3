/** `dllogger plot`: in the terminal, as SVG, as a page, as JSON. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { dllogger } from '../support/cli.js';
import { temporaryDirectory } from '../support/run.js';
import { dlloggerInTerminal, noTerminal } from '../support/terminal.js';
import { type Training, trainingLog } from '../support/training.js';

const directory = temporaryDirectory();
const ESCAPE = '\x1b';

function write(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const falling: Training = {
  metadata: { loss: { unit: 'nat', GOAL: 'MINIMIZE' } },
  iterations: 50,
  values: (step) => ({ loss: 100 - step, lr: 0.1 }),
  summary: (epoch) => ({ 'val.loss': 80 - 20 * epoch }),
};
const a = write('a.json', trainingLog(falling));
const b = write(
  'b.json',
  trainingLog({ ...falling, values: (step) => ({ loss: 50 + step / 10 }) }),
);

/** The characters that a chart is drawn with, and no label. */
const isDrawn = (character: string) => /[\u2801-\u28ff]/.test(character);

test('a line is drawn from corner to corner, between axes with their numbers', async () => {
  const { stdout, stderr, code } = await dllogger(['plot', '-m', 'loss', '--height', '8', a]);
  assert.deepEqual([stderr, code], ['', 0]);
  assert.equal(
    stdout,
    `loss (nat)
100 ┤⠒⠒⠤⠤⢄⣀⡀
    │      ⠈⠉⠉⠒⠒⠒⠤⠤⣀⣀⡀
    │                ⠈⠉⠉⠑⠒⠢⠤⠤⣀⣀⣀
    │                           ⠉⠉⠒⠒⠢⠤⠤⢄⣀⡀
    │                                    ⠈⠉⠉⠒⠒⠒⠤⠤⣀⣀⡀
    │                                              ⠈⠉⠉⠑⠒⠢⠤⠤⣀⣀⣀
    │                                                         ⠉⠉⠒⠒⠢⠤⠤⢄⣀⡀
  0 ┤                                                                  ⠈⠉⠉⠒⠒⠒⠤⠤⣀
    └┬──────────────┬──────────────┬──────────────┬──────────────┬──────────────
     0             20             40             60             80          step
`,
  );
});

test('a chart is as wide as the terminal', { skip: noTerminal }, async () => {
  for (const columns of [20, 40, 100]) {
    const { stdout } = await dlloggerInTerminal(['plot', '-m', 'loss', a], columns, {
      NO_COLOR: '1',
    });
    const widths = stdout.split('\r\n').map((line) => line.length);
    assert.equal(Math.max(...widths), columns);
  }
});

describe('several runs in one chart', () => {
  test('have colours in a terminal, and a legend', { skip: noTerminal }, async () => {
    const { stdout } = await dlloggerInTerminal(['plot', '-m', 'loss', a, b], 80);
    const plain = stdout.replaceAll(ESCAPE, '^');
    assert.match(plain, /\^\[(\d+)m━━\^\[39m a {2}\^\[(?!\1m)\d+m━━\^\[39m b/);
    const lines = plain.matchAll(/\^\[(\d+)m[\u2801-\u28ff]+\^\[39m/g);
    assert.equal(new Set(Array.from(lines, ([, color]) => color)).size, 2);
  });

  test('have letters where there is no colour', async () => {
    const { stdout } = await dllogger(['plot', '-m', 'loss', a, b], { env: { NO_COLOR: '1' } });
    assert.ok(!stdout.includes(ESCAPE));
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.at(-1), 'a a  b b');
    const chart = lines.slice(1, 15).join('\n');
    assert.match(chart, /a/);
    assert.match(chart, /b/);
  });
});

test('metrics that are named together share a chart, the others have one each', async () => {
  const together = await dllogger(['plot', '-m', 'loss,val.loss', '-m', 'lr', a]);
  assert.match(together.stdout, /^loss, val\.loss \(nat\)$/m);
  assert.match(together.stdout, /^a loss {2}b val\.loss$/m);
  assert.match(together.stdout, /^lr$/m);
  const all = await dllogger(['plot', a]);
  for (const metric of ['loss (nat)', 'lr', 'val.loss'])
    assert.ok(all.stdout.includes(`${metric}\n`));
});

test('every axis has its own numbers', async () => {
  const last = async (axis: string) => {
    const { stdout } = await dllogger(['plot', '-m', 'loss', '--x', axis, a], {
      env: { TZ: 'UTC' },
    });
    return stdout.trimEnd().split('\n').at(-1) ?? '';
  };
  assert.match(await last('epoch'), /^ +0 +0\.5 +1 +1\.5 +epoch$/);
  assert.match(await last('elapsed'), /^ +0s +30s +1m +elapsed$/);
  assert.match(await last('time'), /^ +\d\d:\d\d:\d\d +\d\d:\d\d:\d\d .*time$/);
});

test('a peak of one point in twenty thousand is seen', async () => {
  const spike = write(
    'spike.json',
    trainingLog({
      epochs: 1,
      iterations: 20_000,
      values: (step) => ({ y: step === 15_309 ? 50 : 1 }),
    }),
  );
  const { stdout } = await dllogger(['plot', '--height', '10', spike]);
  const rows = stdout.split('\n').slice(1, 11);
  const margin = (rows[0] ?? '').search(/[│┤]/) + 1;
  const columns = rows.map((row) => [...row.slice(margin)].findIndex(isDrawn));
  const peak = columns[0] ?? -1;
  assert.ok(Math.abs(peak / (79 - margin) - 0.765) < 0.02, `the peak is in column ${peak}`);
  assert.ok(columns.slice(0, 8).every((column) => Math.abs(column - peak) <= 1));
});

test('a logarithmic axis has powers of ten, also where one value is 0', async () => {
  const decay = write(
    'decay.json',
    trainingLog({ values: (step) => ({ y: step === 3 ? 0 : 10 ** (-step / 4) }) }),
  );
  const { stdout } = await dllogger(['plot', '--log', decay]);
  for (const label of ['1', '0.1', '0.01', '0.001', '0.0001']) {
    assert.match(stdout, new RegExp(`^ *${label} ┤`, 'm'));
  }
});

test('smoothing tames a jagged line', async () => {
  const jagged = write('jagged.json', trainingLog({ values: (step) => ({ y: step % 2 }) }));
  const answer = await dllogger(['plot', '--smooth', '0.99', '--json', jagged]);
  const [series] = JSON.parse(answer.stdout);
  const tail: number[] = series.smooth.slice(10);
  assert.ok(tail.every((y) => y > 0.4 && y < 0.6));
});

test('--json gives every point of every run', async () => {
  const { stdout, code } = await dllogger(['plot', '-m', 'loss,lr', '--json', a, b]);
  assert.equal(code, 0);
  const series = JSON.parse(stdout);
  assert.deepEqual(
    series.map(({ path, run, metric, unit, axis }: Record<string, unknown>) => [
      ...[path, run, metric, unit, axis],
    ]),
    [
      [a, 'a.json', 'loss', 'nat', 'step'],
      [b, 'b.json', 'loss', 'nat', 'step'],
      [a, 'a.json', 'lr', '', 'step'],
    ],
  );
  assert.equal(series[0].x.length, 100);
  assert.deepEqual(series[0].y.slice(0, 3), [100, 99, 98]);
});

test('standard input is read, and its problems make exit code 1', async () => {
  const args = ['plot', '-m', 'loss', '-'];
  const clean = await dllogger(args, { input: readFileSync(a) });
  assert.equal(clean.code, 0);
  const damaged = await dllogger(args, { input: `${readFileSync(a)}DLLL {"tim\n` });
  assert.equal(damaged.code, 1);
  assert.equal(damaged.stdout, clean.stdout);
});

test('a plot that cannot be drawn gives one line that says why', async () => {
  const empty = write(
    'parameters.json',
    trainingLog({ epochs: 0, parameters: { lr: 1 }, values: () => ({}) }),
  );
  const nan = write('nan.txt', 'not a log\n');
  for (const [args, message] of [
    [['-m', 'los', a], /^dllogger: -m: no metric is "los"; did you mean "loss", "val\.loss"\?\n$/],
    [[empty], /^dllogger: there are no numbers to plot\n$/],
    [[nan], /^dllogger: .*nan\.txt.* is not a DLLL log/],
    [[join(directory, 'missing.json')], /^dllogger: .*missing\.json.*no such file/],
    [['--x', 'bananas', a], /^dllogger: --x takes step, epoch, time, elapsed, not "bananas"\n$/],
    [['--smooth', '1', a], /^dllogger: --smooth takes a number from 0 to 0\.9999, not "1"\n$/],
    [['--svg', '-', '--html', '-', a], /^dllogger: --json, --svg - and --html - print one answer/],
    [
      ['--svg', join(directory, 'no', 'such', 'folder.svg'), a],
      /^dllogger: .*cannot .*folder\.svg.*no such file/,
    ],
  ] as const) {
    const { stdout, stderr, code } = await dllogger(['plot', ...args]);
    assert.deepEqual([stdout, code], ['', 2]);
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split('\n').length, 1);
  }
});

test('a log is not overwritten by its own plot', async () => {
  const before = readFileSync(a, 'utf8');
  for (const option of ['--svg', '--html']) {
    const { stderr, code } = await dllogger(['plot', option, a, a]);
    assert.equal(code, 2);
    assert.match(stderr, /is one of the logs to read: name another file/);
    assert.equal(readFileSync(a, 'utf8'), before);
  }
});

test('numbers that are all NaN make a chart that says so', async () => {
  const nan = write(
    'nan.json',
    trainingLog({ values: () => ({ y: 0 }) }).replaceAll('"y":0', '"y": NaN'),
  );
  const { stdout, code } = await dllogger(['plot', nan]);
  assert.deepEqual([stdout, code], ['y\nno numbers\n20 NaN or infinite\ndiverged\n', 0]);
});

test('numbers of any size are drawn', async () => {
  const extremes: Record<string, (step: number) => number> = {
    huge: (step) => (step % 2 === 0 ? 1e308 : -1e308),
    largest: () => Number.MAX_VALUE,
    tiny: (step) => 5e-324 * step,
    close: (step) => 1e16 + 2 * step,
    spread: (step) => 10 ** (30 * step - 300),
  };
  for (const [name, value] of Object.entries(extremes)) {
    const path = write(`${name}.json`, trainingLog({ values: (step) => ({ y: value(step) }) }));
    for (const options of [[], ['--log']]) {
      const chart = await dllogger(['plot', ...options, path]);
      assert.deepEqual([chart.stderr, chart.code], ['', 0], name);
      assert.ok([...chart.stdout].some(isDrawn), `${name} ${options}`);
      const svg = await dllogger(['plot', ...options, '--svg', '-', path]);
      assert.ok(!/NaN|Infinity/.test(svg.stdout), `${name} ${options}`);
    }
  }
});

describe('names that a terminal, HTML or XML would obey', () => {
  const evil = '\x1b[31mred\x1b[0m<script>alert(1)</script>&"\u202e';
  const path = write('evil.json', trainingLog({ values: () => ({ [evil]: 1 }) }));

  test('are shown escaped in the terminal', async () => {
    const { stdout } = await dllogger(['plot', path]);
    assert.ok(!stdout.includes(ESCAPE) && !stdout.includes('\u202e'));
    assert.match(stdout, /^\\x1b\[31mred/);
  });

  test('are text in an SVG', async () => {
    const { stdout } = await dllogger(['plot', '--svg', '-', path]);
    assert.ok(!/<script|&"/.test(stdout) && !stdout.includes(ESCAPE));
    assert.match(stdout, /&#60;script&#62;alert\(1\)&#60;\/script&#62;&#38;&#34;/);
  });

  test('are data in a page', async () => {
    const { stdout } = await dllogger(['plot', '--html', '-', path]);
    assert.ok(!stdout.includes('<script>alert'));
    assert.match(stdout, /\\u003cscript>alert\(1\)\\u003c\/script>/);
  });
});

test('an SVG has a line for each run, in both colour schemes, and refers to no other file', async () => {
  const { stdout, code } = await dllogger(['plot', '-m', 'loss', '--svg', '-', a, b]);
  assert.equal(code, 0);
  assert.match(stdout, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 720 \d+"/);
  const lines = Array.from(
    stdout.matchAll(/<path class="curve (line\d+)" stroke-linecap/g),
    ([, line]) => line,
  );
  assert.equal(lines.length, 2);
  assert.equal(new Set(lines).size, 2);
  assert.match(stdout, /prefers-color-scheme:dark/);
  assert.ok(!/href|url\(|https?:\/\/(?!www\.w3\.org\/2000\/svg")/.test(stdout));
  assert.ok(!/NaN|undefined/.test(stdout));
});

test('an SVG has the same line of runs that are equal up to where the shorter one ends', async () => {
  const values = (step: number) => ({ loss: (7919 * step) % 101 });
  const logs = [12_000, 4200].map((iterations) =>
    write(`equal-${iterations}.json`, trainingLog({ epochs: 1, iterations, values })),
  );
  for (const options of [[], ['--smooth', '0.5']]) {
    const { stdout } = await dllogger(['plot', '--svg', '-', ...options, ...logs]);
    const curves = stdout.matchAll(/<path class="curve line\d+" stroke-linecap[^>]* d="([^"]*)"/g);
    const [long = '', short = ''] = Array.from(curves, ([, line]) => line);
    // All but the end of the line, where the last column ends with the run.
    const most = short.slice(0, Math.round(0.95 * short.length));
    assert.ok(most.length > 2000 && long.startsWith(most), `${most.length}`);
  }
});

test('a page holds script, style and data itself, and allows nothing else', async () => {
  const file = join(directory, 'page.html');
  const { stdout, code } = await dllogger(['plot', '--html', file, a, b]);
  assert.deepEqual([stdout, code], ['', 0]);
  const page = readFileSync(file, 'utf8');
  assert.match(
    page,
    /http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-/,
  );
  assert.ok(!/<(script|img|link|iframe)[^>]+(src|href)="(?!data:)/.test(page));
});

test('a page has values of a metric written in one way, whatever each log says of it', async () => {
  const log = (name: string, share?: Readonly<Record<string, unknown>>) => {
    const metadata = share && { metadata: { share } };
    return write(name, trainingLog({ values: () => ({ share: 0.5 }), ...metadata }));
  };
  const logs = [
    log('bare.json'),
    log('goal.json', { GOAL: 'MAXIMIZE' }),
    log('told.json', { format: ':.1%' }),
    log('other.json', { format: ':.3f', GOAL: 'MINIMIZE' }),
  ];
  const { stdout } = await dllogger(['plot', '--html', '-', ...logs]);
  assert.equal(stdout.match(/"last":\[0\.5,"50\.0%"\]/g)?.length, 4);
  assert.match(stdout, /"goal":"max"/);
});

test('values that cannot be drawn are counted on the chart, in the terminal and in the image', async () => {
  const y = (step: number) => (step < 3 ? 'NaN' : step === 7 ? 'Infinity' : step === 9 ? 0 : step);
  const holes = write(
    'holes.json',
    trainingLog({ values: (step) => ({ y: y(step) }) }).replace(/"(NaN|Infinity)"/g, '$1'),
  );
  const { stdout } = await dllogger(['plot', holes]);
  assert.match(stdout, /^4 NaN or infinite$/m);
  assert.doesNotMatch(stdout, /not above 0/);
  const log = await dllogger(['plot', '--log', holes]);
  assert.match(log.stdout, /^4 NaN or infinite\n1 not above 0$/m);
  const svg = await dllogger(['plot', '--log', '--svg', '-', holes]);
  assert.match(svg.stdout, />4 NaN or infinite, 1 not above 0</);
  const negative = write('negative.json', trainingLog({ values: () => ({ y: -1 }) }));
  const linear = await dllogger(['plot', '--log', negative]);
  assert.match(linear.stdout, /^nothing above 0: linear$/m);
  assert.ok([...linear.stdout].some(isDrawn));
});

test('a constant is a line on every axis, smoothed or not', async () => {
  for (const constant of [1e-4, 0.1, 1 / 3]) {
    const path = write('constant.json', trainingLog({ values: () => ({ y: constant }) }));
    for (const options of [[], ['--smooth', '0.9'], ['--log'], ['--log', '--smooth', '0.99']]) {
      const { stdout } = await dllogger(['plot', '--height', '9', ...options, path]);
      const rows = stdout.split('\n').filter((row) => [...row].some(isDrawn));
      assert.equal(rows.length, 1, `${constant} ${options}`);
    }
  }
});

describe('more lines than colours', () => {
  const paths = Array.from({ length: 9 }, (_, i) =>
    write(`many-${i}.json`, trainingLog({ values: (step) => ({ y: step + i }) })),
  );

  test('have letters and colours in a terminal', async () => {
    const env = { FORCE_COLOR: '1', COLUMNS: '100' };
    const { stdout } = await dllogger(['plot', ...paths], { env });
    const legend = stdout.split('\n').filter((row) => /many-\d/.test(row));
    for (const letter of 'abcdefghi')
      assert.match(legend.join('\n'), new RegExp(`m${letter}${ESCAPE.replace(ESCAPE, '\\x1b')}`));
  });

  test('have a letter each up to 62 lines; beyond that the chart says that some share one', async () => {
    const many = Array.from({ length: 63 }, (_, i) => paths[i % 9] ?? '');
    const { stdout } = await dllogger(['plot', ...many.slice(0, 62)]);
    assert.doesNotMatch(stdout, /some share a letter/);
    assert.match(stdout, / 9 many-/);
    const more = await dllogger(['plot', ...many]);
    assert.match(more.stdout, /^more than 62 lines: some share a letter$/m);
  });
});

test('titles are as wide as they are drawn, and names are cut in their middle', async () => {
  const wide = '損失'.repeat(30);
  const nested = `model.${'encoder.layer.'.repeat(8)}weight`;
  const path = write(
    'wide.json',
    trainingLog({ values: () => ({ [wide]: 1, [`${nested}.a`]: 1, [`${nested}.b`]: 2 }) }),
  );
  const { stdout } = await dllogger(['plot', path], { env: { COLUMNS: '60' } });
  const titles = stdout.split('\n').filter((row) => /損|weight/.test(row));
  assert.ok((titles[0] ?? '').length <= 30, titles[0]);
  assert.match(titles[1] ?? '', /^model\..*….*weight\.a$/);
  assert.match(titles[2] ?? '', /^model\..*….*weight\.b$/);
});
