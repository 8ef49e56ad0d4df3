/** What the reader returns for existing logs: by kinds of lines, steps, values and files. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { BadLineError, loadRun, readLog } from 'dllogger/reader';
import { times } from '../support/long.js';
import { contentOf, line, moment, textAt } from '../support/reader.js';
import { runScript, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
async function only(text: string) {
  const { entries, problems } = await contentOf(text);
  assert.deepEqual(problems, []);
  const [entry] = entries;
  assert.ok(entries.length === 1 && entry?.kind === 'LOG');
  return entry;
}

test('a record has its moment, its place, its step and its data', async () => {
  const text = `${line('"PARAMETER"', '{"lr": 0.1}')}${line('[0, 5]', '{"loss": 8.5e-05, "lr": 1}')}`;
  const { entries } = await contentOf(text);
  const first = line('"PARAMETER"', '{"lr": 0.1}').length;
  assert.deepEqual(entries[1], {
    kind: 'LOG',
    timestamp: 1570716916.143421,
    datetime: '2019-10-10 14:15:16.143421',
    elapsedtime: 0.5,
    step: [0, 5],
    data: { loss: 8.5e-5, lr: 1 },
    line: 2,
    offset: first,
    length: text.length - first - 1,
  });
});

test('metadata has its metric', async () => {
  const time =
    '"timestamp": "1.5", "elapsedtime": "2e-05", "datetime": "1970-01-01 00:00:01.500000"';
  const { entries } = await contentOf(
    `DLLL {${time}, "type": "METADATA", "metric": "loss", "metadata": {"unit": null}}\n`,
  );
  const [entry] = entries;
  assert.ok(entry?.kind === 'METADATA');
  assert.deepEqual(
    [entry.metric, entry.metadata, entry.elapsedtime],
    ['loss', { unit: null }, 2e-5],
  );
});

test('records without elapsedtime, with a zone, and with numbers as times are read', async () => {
  const zone = '"timestamp": "1570716916.0", "datetime": "2019-10-10 14:15:16+02:00"';
  const old = await only(line('[0, 5]', '{"loss": 1}', zone));
  assert.deepEqual([old.timestamp, old.datetime], [1570716916, '2019-10-10 14:15:16+02:00']);
  assert.ok(Number.isNaN(old.elapsedtime));
  const numbers = await only(line('[0]', '{"a": 1}', '"timestamp": 1.5, "elapsedtime": 0.25'));
  assert.deepEqual([numbers.timestamp, numbers.datetime, numbers.elapsedtime], [1.5, '', 0.25]);
});

for (const [json, step] of [
  ['7', 7],
  ['[0, 1573.0]', [0, 1573]],
  ['[]', []],
  ['{}', {}],
  ['"90%"', '90%'],
  ['null', null],
  ['[0, null, 3]', [0, null, 3]],
  ['["a", [1, {"b": 2}]]', ['a', [1, { b: 2 }]]],
  ['[1, 2, 3, 4, 5, 6, 7, 8, 9]', [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ['-1', -1],
  ['1e3', 1000],
] as const) {
  test(`the step ${json} is read`, async () => {
    assert.deepEqual((await only(line(json, '{"loss": 1}'))).step, step);
    assert.deepEqual((await only(line(json, '{"loss": "text"}'))).step, step);
  });
}

for (const [json, value] of [
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['[1, NaN, {"x": -Infinity}]', [1, Number.NaN, { x: Number.NEGATIVE_INFINITY }]],
  ['"NaN"', 'NaN'],
  ['"number0:NaN \\" Infinity"', 'number0:NaN " Infinity'],
  ['-0.0', -0],
  ['1e400', Number.POSITIVE_INFINITY],
  ['true', true],
  ['null', null],
  ['"\\ud83d\\ude00 \\u00df"', '😀 ß'],
  ['"ß€"', 'ß€'],
  ['12345678901234567890', Number('12345678901234567890')],
] as const) {
  test(`the value ${json} is read`, async () => {
    assert.deepEqual((await only(line('[0]', `{"loss": ${json}}`))).data, { loss: value });
    const mixed = await only(
      line('[0]', `{"loss": ${json}, "bad": NaN, "number0:NaN": "number0:x"}`),
    );
    assert.deepEqual(mixed.data, { loss: value, bad: Number.NaN, 'number0:NaN': 'number0:x' });
  });
}

test('numbers are the doubles that JSON.parse reads', async () => {
  const texts = ['0.1', '3.141592653589793', '1e22', '1e23', '5e-324', '1.7976931348623157e+308'];
  for (let i = 0; i < times(1500, 20_000); i++) {
    const value = (Math.random() - 0.5) * 10 ** Math.floor(40 * Math.random() - 20);
    texts.push(String(value), value.toExponential(20), value.toFixed(20));
  }
  const { entries, problems } = await contentOf(
    texts.map((text, i) => line(`[${i}]`, `{"loss": ${text}}`)).join(''),
  );
  assert.deepEqual(problems, []);
  const values = entries.map((entry) => entry.kind === 'LOG' && entry.data.loss);
  assert.deepEqual(
    values,
    texts.map((text) => JSON.parse(text)),
  );
});

test('numbers that JSON does not have are no records', async () => {
  for (const number of ['01', '1.', '.5', '+1', '0x1', '1e', '--1', '-', 'nan', 'inf']) {
    const { entries, problems } = await contentOf(line('[0]', `{"loss": ${number}}`));
    assert.deepEqual([entries.length, problems[0]?.reason], [0, 'malformed'], number);
  }
});

test('records of any number of names are read alike', async () => {
  const names = Array.from({ length: 140_000 }, (_, i) => `layer.${i}`);
  const data = (some: readonly string[], value: number) =>
    `{${some.map((name, i) => `"${name}": ${value + i}`).join(', ')}}`;
  // The same names come in one record, and five by five.
  const records = [data(names, 0), data(names, 1)];
  for (let at = 0; at < names.length; at += 5) records.push(data(names.slice(at, at + 5), at));
  const text = records.map((one, i) => line(`[${i}]`, one)).join('');
  const repetitions = times(1, 2);
  const { entries, problems } = await contentOf(text.repeat(repetitions));
  assert.deepEqual(problems, []);
  assert.equal(entries.length, repetitions * records.length);
  for (const [i, entry] of entries.entries()) {
    assert.ok(entry.kind === 'LOG');
    const expected = records[i % records.length] ?? '';
    assert.equal(JSON.stringify(entry.data), expected.replaceAll(' ', ''));
  }
});

test('names that mean something to objects are names like any other', async () => {
  const json = '{"__proto__": {"polluted": 1}, "constructor": 2, "toString": 3, "a\\"b": 4, "": 5}';
  const { data } = await only(line('[0]', json));
  assert.deepEqual(Object.keys(data), ['__proto__', 'constructor', 'toString', 'a"b', '']);
  assert.equal(JSON.stringify(data), JSON.stringify(JSON.parse(json)));
  const flat = await only(line('[0]', '{"__proto__": 1, "constructor": 2, "a\\"b": 3}'));
  assert.equal(JSON.stringify(flat.data), '{"__proto__":1,"constructor":2,"a\\"b":3}');
  const twice = await only(line('[0]', '{"a": 1, "a": 2}'));
  assert.deepEqual(twice.data, { a: 2 });
  const metadata = `DLLL {${moment}, "type": "METADATA", "metric": "__proto__", "metadata": {"__proto__": 1}}\n`;
  const run = await loadRun(
    Readable.from([metadata + line('[0]', json) + line('"PARAMETER"', json)]),
  );
  assert.deepEqual([...run.parameters.keys()], Object.keys(data));
  assert.equal(JSON.stringify(run.metadata.get('__proto__')), '{"__proto__":1}');
  assert.deepEqual(run.series.get('constructor')?.[0]?.values, Float64Array.of(2));
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('names are told apart however many they are, and whatever they have in common', async () => {
  // Of one hash: AaAaAaAaAa, AaAaAaAaBB, ... BBBBBBBBBB.
  const alike = Array.from({ length: 32 }, (_, i) =>
    [16, 8, 4, 2, 1].map((bit) => ((i & bit) > 0 ? 'BB' : 'Aa')).join(''),
  );
  const quoted = Array.from({ length: 20 }, (_, i) => `a"${i}`);
  const many = Array.from({ length: 3000 }, (_, i) => `train.metric.${i}`);
  const names = [...many, ...alike, ...quoted, 'a', 'a\\\\', 'b', ''];
  // Each name comes twice, alone and before another name; the second time in reverse order.
  const records = [...names, ...names.toReversed()].flatMap((name, i) => [
    { [name]: i },
    { [name]: i, after: i },
  ]);
  const text = records.map((data, i) =>
    line(`[${i}]`, JSON.stringify(data).replaceAll('":', '": ').replaceAll(',"', ', "')),
  );
  const { entries, problems } = await contentOf(text.join(''));
  assert.deepEqual(problems, []);
  assert.deepEqual(
    entries.map((entry) => entry.kind === 'LOG' && entry.data),
    records,
  );
});

test('records of thousands of names are read, with a name that is missing, new, elsewhere, or twice', async () => {
  const names = Array.from({ length: 5000 }, (_, i) => `layer.${i}.norm`);
  const whole = Object.fromEntries(names.map((name, i) => [name, i / 7]));
  const { 'layer.4000.norm': _, ...missing } = whole;
  const records = [
    whole,
    missing,
    { ...whole, late: 1 },
    Object.fromEntries(Object.entries(whole).toReversed()),
    { 'layer.0.norm': 0, other: 1, 'layer.1.norm': 'text' },
    { ...whole, 'layer.4999.norm': [null, true] },
    whole,
  ];
  const texts = records.map((data) => JSON.stringify(data).replaceAll(/([,:])(?=["\d[])/g, '$1 '));
  const twice = texts[0]?.replace('"layer.4999.norm"', '"layer.3.norm"') ?? '';
  const text = [...texts, twice, twice].map((data, i) => line(`[${i}]`, data)).join('');
  const { entries, problems } = await contentOf(text);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    entries.map((entry) => entry.kind === 'LOG' && entry.data),
    [...records, JSON.parse(twice), JSON.parse(twice)],
  );
});

test('a long name before names that never come again is not kept for each of them', async () => {
  const path = join(directory, 'long-names.json');
  const long = 'k'.repeat(30_000);
  const records = Array.from({ length: 1500 }, (_, i) =>
    line(`[${i}]`, `{"${long}": 1, "m${i}": 2}`),
  );
  writeFileSync(path, records.join(''));
  const script = `
    import { readLog } from 'dllogger/reader';
    let count = 0;
    for await (const { kind, data } of readLog(process.argv[1])) {
      if (kind !== 'LOG' || data['m' + count++] !== 2) throw new Error('wrong record');
      if (count < ${records.length}) continue;
      gc();
      console.log(process.memoryUsage().arrayBuffers < 20 * 2 ** 20);
    }`;
  const { stdout, stderr } = await runScript(script, { args: [path], flags: ['--expose-gc'] });
  assert.deepEqual([stdout, stderr], ['true\n', '']);
});

test('line ends, byte-order marks and a missing last newline are no problems', async () => {
  const record = line('[0, 5]', '{"loss": 1}');
  const windows = record.replace('\n', '\r\n');
  const { entries, problems } = await contentOf(
    `\ufeff${windows}${record}${windows}${record.trimEnd()}`,
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(
    entries.map(({ line }) => line),
    [1, 2, 3, 4],
  );
  assert.deepEqual(
    entries.map(({ length }) => length),
    Array(4).fill(record.length - 1),
  );
  assert.equal(entries[0]?.offset, 3);
});

test('a line that is no record is reported, with a reason', async () => {
  const record = line('[0, 5]', '{"loss": 1}');
  const cases: [string, reason: string][] = [
    ['Traceback (most recent call last):', 'foreign'],
    ['DLL 2019-10-10 16:42:54.500902 - (0,) loss : 1.0 nat', 'stdout'],
    ['DLLL 2019-10-10 16:42:54.500902 - Epoch: 0 loss : 1.0', 'malformed'],
    ['DLLL {"type": "OTHER", "step": 1, "data": {}}', 'malformed'],
    ['DLLL {"type": "LOG", "step": 1, "data": [1]}}', 'malformed'],
    ['DLLL {"type": "LOG", "data": {"loss": {}}}', 'malformed'],
    ['DLLL {"timestamp": "soon", "type": "LOG", "step": 1, "data": {"a": {}}}', 'malformed'],
    ['DLLL [1]', 'malformed'],
    ['DLLL ', 'malformed'],
    ['DLLL', 'foreign'],
    [record.slice(0, 80), 'cut'],
    [record.slice(40).trimEnd(), 'cut'],
    ['', 'blank'],
    ['   ', 'blank'],
    ['\0\0\ufeff', 'hole'],
    ['\0\0\0\0', 'hole'],
    ['\0\0\0\0rest', 'hole'],
  ];
  for (const [text, reason] of cases) {
    const bytes = Buffer.from(`${record}${text}\n${record}`);
    const { entries, problems } = await contentOf(bytes);
    assert.equal(entries.length, 2, text);
    assert.deepEqual(
      problems.map((problem) => [problem.reason, problem.line, textAt(bytes, problem)]),
      [[reason, 2, text]],
    );
    assert.match(problems[0]?.message ?? '', /\w/);
  }
});

test('a record after other text on its line is read', async () => {
  const record = line('[0, 5]', '{"loss": 1}');
  for (const [before, reason] of [
    ['rank0: ', 'foreign'],
    ['epoch 1:  50%|#####\r', 'foreign'],
    ['\0\0\0\0', 'hole'],
    ['DLLL {"timest', 'cut'],
  ] as const) {
    const { entries, problems } = await contentOf(before + record);
    assert.deepEqual([entries.length, entries[0]?.offset], [1, before.length]);
    assert.deepEqual([problems.length, problems[0]?.reason], [1, reason]);
    assert.equal(problems[0]?.length, before.length);
  }
  const glued = await contentOf(record.trimEnd() + record);
  assert.deepEqual([glued.entries.length, glued.problems.length], [2, 0]);
});

test('NaN is read beside a string of any length and content', async () => {
  const long = JSON.stringify(`\\" NaN ${'x'.repeat(10_000_000)}\\\\`);
  const { data } = await only(
    line('{"a": 1}', `{"text": ${long}, "loss": NaN, "list": [-Infinity, "NaN", "\\"Infinity"]}`),
  );
  assert.deepEqual(data, {
    text: JSON.parse(long),
    loss: Number.NaN,
    list: [Number.NEGATIVE_INFINITY, 'NaN', '"Infinity'],
  });
});

test('strict reading throws at the first line that is no record, after the records before it', async () => {
  const record = line('[0, 5]', '{"loss": 1}');
  const path = join(directory, 'strict.json');
  writeFileSync(path, `${record}oops\n${record}`);
  let records = 0;
  await assert.rejects(
    async () => {
      for await (const _ of readLog(path, { strict: true })) records++;
    },
    (error: unknown) => {
      assert.ok(error instanceof BadLineError);
      assert.deepEqual([error.code, error.path], ['ERR_DLLOGGER_BAD_LINE', path]);
      assert.equal(
        error.message,
        `"${path}" line 2: text that is not a record (4 bytes at offset ${record.length})`,
      );
      assert.equal(error.problem.excerpt, 'oops');
      return true;
    },
  );
  assert.equal(records, 1);
  await assert.rejects(loadRun(path, { strict: true }), BadLineError);
});

test("import 'dllogger' loads nothing of the reader and the command line", async () => {
  const hook = `
    import { writeSync } from 'node:fs';
    export function load(url, context, next) { writeSync(1, url + '\\n'); return next(url, context); }`;
  const toUrl = (script: string) => `data:text/javascript,${encodeURIComponent(script)}`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(toUrl(hook))});`;
  const { stdout } = await runScript("await import('dllogger');", {
    flags: ['--import', toUrl(register)],
  });
  const loaded = stdout.split('\n').filter((url) => url.startsWith('file:'));
  assert.ok(
    loaded.some((url) => url.endsWith('/dist/index.js')),
    stdout,
  );
  assert.deepEqual(
    loaded.filter((url) => /\/dist\/(reader|cli|plot|serve|page)\/|node_modules/.test(url)),
    [],
  );
});
