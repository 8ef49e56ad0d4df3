/** Commands over a folder of which a part cannot be read. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
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

test('a command answers for what can be read of a folder, names the rest, and its exit code is 2', {
  skip,
}, async () => {
  const place = temporaryDirectory();
  chmodSync(place, 0o777);
  const logs = join(place, 'logs');
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
  for (const name of ['closed', 'listed']) chmodSync(join(logs, name), 0o700);
  /** The paths that standard error names, of which each is a line. */
  const refused = (run: Answer | undefined): string[] => {
    const lines = run?.stderr.trimEnd().split('\n') ?? [];
    return lines
      .map((line) => /^dllogger: cannot read "(.*)": permission denied \(EACCES\)$/.exec(line)?.[1])
      .map((path = '') => path.slice(logs.length + 1))
      .toSorted();
  };
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
