/** Sources of a log: files, streams, compressed data, endless input and truncated input. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { loadRun, readLog } from 'dllogger/reader';
import { contentOf, line, moment } from '../support/reader.js';
import { ROOT, runScript, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();

test('a file that is no log says so, an empty one is a log without records', async () => {
  const { error, problems } = await contentOf('{\n  "run": {}\n}\n');
  assert.equal(error, '"-" is not a DLLL log: none of its 3 lines is a record ("DLLL {...}")');
  assert.equal(problems.length, 3);
  const printed = await contentOf('hello\nDLL 2019-10-10 16:42:54.500902 - () loss : 1 \n');
  assert.match(printed.error ?? '', /holds what StdOutBackend prints \(1 lines? begin/);
  assert.deepEqual(await contentOf(''), { entries: [], problems: [], error: undefined });
  // PowerShell begins a file with a byte-order mark before anything is logged.
  assert.deepEqual(await contentOf('\ufeff'), { entries: [], problems: [], error: undefined });
  const [path, missing] = [join(directory, 'not-a-log.txt'), join(directory, 'missing.json')];
  writeFileSync(path, 'hello\n');
  await assert.rejects(loadRun(path), { code: 'ERR_DLLOGGER_NOT_A_LOG', path });
  await assert.rejects(loadRun(missing), {
    code: 'ENOENT',
    message: `cannot read "${missing}": no such file or directory (ENOENT)`,
  });
  await assert.rejects(loadRun(directory), { code: 'EISDIR' });
});

test('a log can be iterated once', async () => {
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

test('gzip is read, also in members, cut, damaged, and followed by something else', async () => {
  const records = Array.from({ length: 5000 }, (_, i) =>
    line(`[0, ${i}]`, `{"loss": ${Math.random()}}`),
  );
  const text = records.join('');
  const plain = await contentOf(text);
  const packed = gzipSync(text);
  assert.deepEqual(await contentOf(packed, 1000), plain);
  const few = records.slice(0, 100).join('');
  assert.deepEqual(await contentOf(gzipSync(few), 1), await contentOf(few));
  const half = records.slice(0, 2500).join('');
  assert.deepEqual(
    await contentOf(Buffer.concat([gzipSync(half), gzipSync(text.slice(half.length))])),
    plain,
  );
  const zeros = Buffer.alloc(40_000);
  for (const size of [1000, 2 ** 20]) {
    assert.deepEqual(await contentOf(Buffer.concat([packed, zeros]), size), plain);
    const followed = Buffer.concat([packed, zeros, gzipSync(half)]);
    const { entries, problems, error } = await contentOf(followed, size);
    assert.deepEqual([entries, error], [plain.entries, undefined]);
    assert.deepEqual(
      problems.map(({ reason, message }) => [reason, message]),
      [['cut', 'the compressed data is followed by bytes that are not read']],
    );
  }
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

test('lines too long for memory are left out, and reported', async () => {
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

test('a stream of any length takes no memory', async () => {
  const script = `
    import { Readable } from 'node:stream';
    import { readLog } from 'dllogger/reader';
    const COUNT = 2000;
    const text = 'x'.repeat(30_000);
    function* lines() {
      for (let i = 0; i < COUNT; i++) {
        yield Buffer.from('DLLL {${moment}, "type": "LOG", "step": [' + i + '], "data": {"text": "' + text + '"}}\\n');
      }
    }
    for (const options of [{}, { signal: new AbortController().signal }]) {
      let count = 0;
      for await (const _ of readLog(Readable.from(lines()), options)) {
        if (++count < COUNT) continue;
        gc();
        console.log(count, process.memoryUsage().arrayBuffers < 20 * 2 ** 20);
      }
    }`;
  const { stdout, stderr } = await runScript(script, { flags: ['--expose-gc'] });
  assert.deepEqual([stdout, stderr], ['2000 true\n2000 true\n', '']);
});

test('neither the parts of a compressed stream nor what follows its end take memory', async () => {
  const record = line('[0, 5]', '{"loss": 1}');
  const script = `
    import { gzipSync } from 'node:zlib';
    import { readLog } from 'dllogger/reader';
    const part = gzipSync(${JSON.stringify(record)});
    const COUNT = 2000;
    const used = () => {
      gc();
      return process.memoryUsage();
    };
    async function* parts() {
      for (let i = 0; i < COUNT; i++) yield part;
      // As a power cut or a tape leaves them.
      for (let i = 0; i < 40; i++) yield Buffer.alloc(2 ** 20);
    }
    let count = 0;
    let before;
    const log = readLog(parts());
    for await (const _ of log) {
      count++;
      if (count === COUNT / 4) before = used().heapUsed;
      if (count === COUNT) console.log(used().heapUsed - before < 250_000);
    }
    console.log(count, log.problems.count, used().arrayBuffers < 20 * 2 ** 20);`;
  const { stdout, stderr } = await runScript(script, { flags: ['--expose-gc'] });
  assert.deepEqual([stdout, stderr], ['true\n2000 0 true\n', '']);
});

test('a stream in the place of `process.stdin` is read as it is, whatever descriptor 0 is', {
  skip: existsSync('/dev/null') ? false : 'there is no /dev/null here',
}, async () => {
  const script = `
    import { Readable } from 'node:stream';
    import { readLog } from 'dllogger/reader';
    const parts = [Buffer.alloc(17 * 2 ** 20), ${JSON.stringify(`\n${line('[0, 5]', '{"loss": 1}')}`)}];
    Object.defineProperty(process, 'stdin', { value: Readable.from(parts) });
    for await (const { step } of readLog('-')) console.log(step);`;
  for (const path of ['/', '/dev/null']) {
    const stdin = openSync(path, 'r');
    const { stdout, stderr } = await runScript(script, { stdin });
    closeSync(stdin);
    assert.deepEqual([stdout, stderr], ['[ 0, 5 ]\n', ''], path);
  }
});

test('reading stops when the loop is left, and when the signal is aborted', async () => {
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
