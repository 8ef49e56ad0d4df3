/** Commands over logs of which some cannot be read. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runScript, temporaryDirectory } from '../support/run.js';
import { trainingLog } from '../support/training.js';

const skip = process.platform === 'win32' ? 'Windows has no such permissions' : false;

const READABLE = ['a/log.json', 'b/log.json'];

/** Runs commands, each as a list of arguments, as a user who is not root. Prints what each one did. */
const AS_NOBODY = `
  import { main } from '#dist/cli/main.js';
  const commands = JSON.parse(process.argv[1]);
  // Perhaps only root may read the package's files: they are loaded before.
  for (const [name] of commands) await import('#dist/cli/commands/' + name + '.js');
  if (process.getuid() === 0) {
    process.setgroups([]);
    process.setuid(65534);
  }
  const print = process.stdout.write.bind(process.stdout);
  // Each command listens for faults of its outputs.
  for (const name of ['stdout', 'stderr']) process[name].setMaxListeners(0);
  const runs = [];
  for (const command of commands) {
    const run = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      process[name].write = (text) => {
        run[name] += text;
        return true;
      };
    }
    run.code = await main(command);
    runs.push(run);
  }
  print(JSON.stringify(runs));
`;

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function asNobody(...commands: readonly (readonly string[])[]): Promise<Answer[]> {
  const { stdout, stderr } = await runScript(AS_NOBODY, { args: [JSON.stringify(commands)] });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

// Before the directory is removed.
after(() => {
  if (skip !== false) return;
  for (const name of ['closed', 'listed']) chmodSync(join(logs, name), 0o700);
});

const place = temporaryDirectory();
const logs = join(place, 'logs');

before(() => {
  if (skip !== false) return;
  chmodSync(place, 0o777);
  for (const name of ['a', 'b', 'closed', 'listed'])
    mkdirSync(join(logs, name), { recursive: true });
  for (const [i, name] of [...READABLE, 'closed/log.json', 'd.json', 'listed/c.json'].entries()) {
    const values = (step: number) => ({ loss: i + 1 / (1 + step) });
    writeFileSync(join(logs, name), trainingLog({ values, begin: 100 * i }));
  }
  chmodSync(join(logs, 'd.json'), 0);
  chmodSync(join(logs, 'closed'), 0);
  // Its names can be seen, and nothing else.
  chmodSync(join(logs, 'listed'), 0o444);
  for (const name of ['empty-1', 'empty-2']) mkdirSync(join(place, name));
  writeFileSync(join(place, 'notes.txt'), 'hello\n');
});

/** The paths that standard error names, of which each is a line. */
function refused(run: Answer | undefined): string[] {
  const lines = run?.stderr.trimEnd().split('\n') ?? [];
  return lines
    .map((line) => /^dllogger: cannot read "(.*)": permission denied \(EACCES\)$/.exec(line)?.[1])
    .map((path = '') => path.slice(logs.length + 1))
    .toSorted();
}

test('a command answers for what can be read of a folder, names the rest, and its exit code is 2', {
  skip,
}, async () => {
  const merged = join(place, 'merged.json');
  const found = await asNobody(
    ['summary', logs],
    ['summary', '--json', logs],
    ['compare', logs],
    ['plot', logs],
    ['export', '--to', 'csv', logs],
    ['merge', logs, '-o', merged],
    ['forward', logs, '--tensorboard', join(place, 'events')],
    ['tail', logs],
    ['summary', join(logs, 'closed'), join(logs, 'd.json')],
    ['compare', join(logs, 'closed')],
    ['compare', join(logs, 'closed'), join(place, 'empty-*')],
  );
  for (const run of found.slice(0, 7)) {
    assert.deepEqual(refused(run), ['closed', 'd.json', 'listed/c.json'], run.stderr);
    assert.equal(run.code, 2);
  }
  const [summary, json, compare, plot, exported, merge, forward, tail, nothing, alone, empty] =
    found;
  assert.match(
    summary?.stdout ?? '',
    /a\/log\.json\n {2}20 records[\s\S]*b\/log\.json\n {2}20 rec/,
  );
  const answers: { path: string; records?: number; error?: { code: string } }[] = JSON.parse(
    json?.stdout ?? '',
  );
  assert.deepEqual(
    answers
      .map(({ path, records, error }) => [path.slice(logs.length + 1), records ?? error?.code])
      .toSorted(),
    [
      ['a/log.json', 20],
      ['b/log.json', 20],
      ['closed', 'EACCES'],
      ['d.json', 'EACCES'],
      ['listed/c.json', 'EACCES'],
    ],
  );
  assert.match(compare?.stdout ?? '', /a\/log +b\/log/);
  assert.match(plot?.stdout ?? '', /loss[\s\S]*a\/log[\s\S]*b\/log/);
  assert.equal(exported?.stdout.match(/\n/g)?.length, 41);
  assert.match(merge?.stdout ?? '', /^20 records of 2 logs in /);
  assert.equal(readFileSync(merged, 'utf8').match(/\n/g)?.length, 20);
  assert.match(forward?.stdout ?? '', /2 logs|2 runs/);
  assert.deepEqual([tail?.code, tail?.stdout], [2, '']);
  assert.match(tail?.stderr ?? '', /^dllogger: cannot read /);
  assert.deepEqual([nothing?.code, nothing?.stdout], [2, '']);
  assert.deepEqual(refused(nothing), ['closed', 'd.json']);
  // One error is told once.
  assert.deepEqual([alone?.code, alone?.stdout], [2, '']);
  assert.deepEqual(refused(alone), ['closed']);
  // What cannot be read says nothing of the next operand.
  assert.match(empty?.stderr ?? '', /there is no log in what ".*empty-\*" matches/);
});

test('of named logs, commands that show runs show those that can be read; a file is made of all of them or not at all', {
  skip,
}, async () => {
  const [a = '', b = '', closed, d] = [...READABLE, 'closed/log.json', 'd.json'].map((name) =>
    join(logs, name),
  );
  const named = [a, closed, b, d].map(String);
  const made = join(place, 'made');
  mkdirSync(made);
  chmodSync(made, 0o777);
  const found = await asNobody(
    ['compare', ...named],
    ['plot', ...named],
    ['plot', '--html', join(made, 'page.html'), ...named],
    ['compare', a, String(closed)],
    ['compare', '--json', a, String(closed)],
    ['plot', String(closed), String(d)],
    ['compare', a, join(place, 'notes.txt'), b],
    ['recover', '--list', ...named],
    ['forward', '-m', 'loss', '--tensorboard', join(place, 'events-named'), ...named],
    ['forward', '-m', 'lost', '--tensorboard', join(place, 'events-named'), ...named],
    ['export', '--to', 'csv', '-o', join(made, 'all.csv'), ...named],
    ['merge', '-o', join(made, 'all.json'), ...named],
  );
  for (const { code, stderr } of found) assert.equal(code, 2, stderr);
  const [compare, plot, page, alone, json, nothing, notes, list, forward, lost, exported, merge] =
    found;
  const both = ['closed/log.json', 'd.json'];
  for (const run of [compare, plot, page, nothing]) assert.deepEqual(refused(run), both);
  assert.match(compare?.stdout ?? '', /a\/log +b\/log/);
  assert.match(plot?.stdout ?? '', /loss[\s\S]*a\/log[\s\S]*b\/log/);
  // Not that a single run cannot be compared: two were named.
  assert.deepEqual([alone?.stdout, refused(alone)], ['', ['closed/log.json']]);
  assert.equal(JSON.parse(json?.stdout ?? '').error.code, 'EACCES');
  assert.equal(nothing?.stdout, '');
  assert.match(notes?.stdout ?? '', /a\/log +b\/log/);
  assert.match(notes?.stderr ?? '', /^dllogger: ".*notes\.txt" is not a DLLL log: [^\n]+\n$/);
  assert.match(list?.stdout ?? '', /a\/log\.json: nothing[\s\S]*b\/log\.json: nothing/);
  assert.deepEqual(refused(list), ['closed/log.json']);
  assert.match(forward?.stdout ?? '', /^tensorboard: 40 values of 4 logs[^\n]*; 2 logs behind/);
  assert.match(
    lost?.stderr ?? '',
    /closed\/log[\s\S]*d\.json[\s\S]*no metric is "lost"; did you mean/,
  );
  // A table or a mean that lacks a named log would look whole.
  for (const run of [exported, merge]) {
    assert.deepEqual([run?.stdout, refused(run)], ['', ['closed/log.json']], run?.stderr);
  }
  assert.deepEqual(readdirSync(made), ['page.html']);
});
