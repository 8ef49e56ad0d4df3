/** What the reader makes of the logs that there are: by kinds of lines, steps, values and files. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { BadLineError, loadRun, readLog } from 'dllogger/reader';
import { contentOf, textAt } from './support/reader.js';
import { ROOT, runScript, temporaryDirectory } from './support/run.js';

const directory = temporaryDirectory();
const moment = '"timestamp": "1570716916.143421", "datetime": "2019-10-10 14:15:16.143421"';

function line(step: string, data: string, time = `${moment}, "elapsedtime": "0.5"`): string {
  return `DLLL {${time}, "type": "LOG", "step": ${step}, "data": ${data}}\n`;
}

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

test('records without elapsedtime, with a zone, with numbers as times', async () => {
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
  test(`the step ${json}`, async () => {
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
  test(`the value ${json}`, async () => {
    assert.deepEqual((await only(line('[0]', `{"loss": ${json}}`))).data, { loss: value });
    const mixed = await only(
      line('[0]', `{"loss": ${json}, "bad": NaN, "number0:NaN": "number0:x"}`),
    );
    assert.deepEqual(mixed.data, { loss: value, bad: Number.NaN, 'number0:NaN': 'number0:x' });
  });
}

test('numbers are the doubles that JSON.parse reads', async () => {
  const texts = ['0.1', '3.141592653589793', '1e22', '1e23', '5e-324', '1.7976931348623157e+308'];
  for (let i = 0; i < 20_000; i++) {
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

test('names are names, whatever they are', async () => {
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

test('line ends, byte-order marks and a missing last newline', async () => {
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

test('what is no record is told of, and why', async () => {
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
        `"${path}" line 2: text that is no record (4 bytes at offset ${record.length})`,
      );
      assert.equal(error.problem.excerpt, 'oops');
      return true;
    },
  );
  assert.equal(records, 1);
  await assert.rejects(loadRun(path, { strict: true }), BadLineError);
});

test('a file that is no log says so, an empty one is a log without records', async () => {
  const { error, problems } = await contentOf('{\n  "run": {}\n}\n');
  assert.equal(error, '"-" is not a DLLL log: none of its 3 lines is a record ("DLLL {...}")');
  assert.equal(problems.length, 3);
  const printed = await contentOf('hello\nDLL 2019-10-10 16:42:54.500902 - () loss : 1 \n');
  assert.match(printed.error ?? '', /holds what StdOutBackend prints \(1 lines? begin/);
  assert.deepEqual(await contentOf(''), { entries: [], problems: [], error: undefined });
  const [path, missing] = [join(directory, 'not-a-log.txt'), join(directory, 'missing.json')];
  writeFileSync(path, 'hello\n');
  await assert.rejects(loadRun(path), { code: 'ERR_DLLOGGER_NOT_A_LOG', path });
  await assert.rejects(loadRun(missing), {
    code: 'ENOENT',
    message: `cannot read "${missing}": no such file or directory (ENOENT)`,
  });
  await assert.rejects(loadRun(directory), { code: 'EISDIR' });
});

test('a log is gone through once', async () => {
  const reader = readLog(Readable.from([line('[0]', '{"loss": 1}')]));
  for await (const { kind } of reader) assert.equal(kind, 'LOG');
  assert.throws(() => reader[Symbol.asyncIterator](), /gone through once: call readLog\(\) again$/);
});

test('a stream that fails ends the reading with its error', async () => {
  async function* failing() {
    yield line('[0]', '{"loss": 1}');
    throw new Error('the cable is out');
  }
  let records = 0;
  await assert.rejects(async () => {
    for await (const _ of readLog(failing())) records++;
  }, /the cable is out/);
  assert.equal(records, 1);
});

test('wrong arguments are refused', () => {
  assert.throws(() => readLog(5 as never), /^TypeError: the log to read is a path or a stream/);
  assert.throws(() => readLog('a', { folow: true } as never), /there is no option "folow"/);
  assert.throws(() => readLog('a', null as never), TypeError);
});

test('gzip is read, also in members, cut, and damaged', async () => {
  const records = Array.from({ length: 5000 }, (_, i) =>
    line(`[0, ${i}]`, `{"loss": ${Math.random()}}`),
  );
  const text = records.join('');
  const plain = await contentOf(text);
  const packed = gzipSync(text);
  assert.deepEqual(await contentOf(packed, 1000), plain);
  assert.deepEqual(await contentOf(packed, 1), plain);
  const half = records.slice(0, 2500).join('');
  assert.deepEqual(
    await contentOf(Buffer.concat([gzipSync(half), gzipSync(text.slice(half.length))])),
    plain,
  );
  const cut = await contentOf(packed.subarray(0, packed.length >> 1));
  assert.ok(cut.entries.length > 1000);
  assert.deepEqual(cut.entries, plain.entries.slice(0, cut.entries.length));
  assert.ok(cut.problems.some(({ message }) => /ends early or is damaged \(/.test(message)));
  const damaged = Buffer.from(packed);
  damaged.fill(0xaa, packed.length >> 1, (packed.length >> 1) + 20);
  const broken = await contentOf(damaged);
  assert.ok(broken.entries.length > 1000);
  assert.ok(broken.problems.length > 0);
});

test('zstd is read where this Node knows it, and otherwise says what to do', async () => {
  const content = line('[0, 1]', '{"loss": 1}') + line('[0, 2]', `{"text": "${'x'.repeat(256)}"}`);
  // A frame of one raw block, as RFC 8878 has it.
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x60, 0, 0]);
  header.writeUInt16LE(content.length - 256, 5);
  const block = Buffer.alloc(3);
  block.writeUIntLE((content.length << 3) | 1, 0, 3);
  const packed = Buffer.concat([header, block, Buffer.from(content)]);
  const { entries, error } = await contentOf(packed);
  if ('createZstdDecompress' in (await import('node:zlib'))) {
    assert.deepEqual([entries.length, error], [2, undefined]);
  } else {
    assert.match(
      error ?? '',
      /is compressed with zstd, which Node .* use Node 22\.15 or newer, or zstd/,
    );
  }
});

test('lines longer than memory should hold are left out, and told of', async () => {
  const record = line('[0, 5]', '{"loss": 1}');
  const chunk = Buffer.alloc(2 ** 20, 'x');
  async function* chunks() {
    yield Buffer.from(record);
    for (let i = 0; i < 65; i++) yield chunk;
    yield Buffer.from(`\n${record}`);
  }
  const reader = readLog(chunks());
  let records = 0;
  for await (const _ of reader) records++;
  assert.equal(records, 2);
  const [problem] = reader.problems.first;
  assert.deepEqual([problem?.reason, problem?.length], ['oversized', 65 * 2 ** 20]);
});

test('a hole of a gigabyte takes no memory', async () => {
  const record = line('[0, 5]', '{"loss": 1}');
  const script = `
    import { readLog } from 'dllogger/reader';
    const hole = Buffer.alloc(2 ** 20);
    async function* chunks() {
      for (let i = 0; i < 1024; i++) yield hole;
      yield ${JSON.stringify(record)};
    }
    const reader = readLog(chunks());
    let records = 0;
    for await (const _ of reader) records++;
    console.log(records, reader.problems.first[0].length, process.resourceUsage().maxRSS < 400_000);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  assert.equal(output, `1 ${2 ** 30} true\n`);
});

test('reading stops when its user does, and when the signal says so', async () => {
  const path = join(directory, 'many.json');
  writeFileSync(path, line('[0, 5]', '{"loss": 1}').repeat(50_000));
  for await (const entry of readLog(path)) if (entry.line === 3) break;
  const stop = new AbortController();
  let records = 0;
  for await (const entry of readLog(path, { signal: stop.signal })) {
    records++;
    if (entry.line === 3) stop.abort();
  }
  assert.ok(records < 50_000);
  await assert.rejects(loadRun(path, { signal: stop.signal }), { name: 'AbortError' });
  const silent = new AbortController();
  setTimeout(() => silent.abort(), 20);
  for await (const _ of readLog(new PassThrough(), { signal: silent.signal })) assert.fail();
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
