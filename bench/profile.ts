/**
 * Shows where the nanoseconds of a record go: runs the end-to-end case under Linux' perf, and assigns each
 * sample to a stage by its thread and function. For names of C++ functions build with symbols:
 *
 *     npx cmake-js build -O out/symbols --config RelWithDebInfo
 *     cp out/symbols/RelWithDebInfo/dllogger.node build/Release/
 *     node out/bench/profile.js [--functions]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine, machineLine } from '#dist/bench/machine.js';
import { CASES } from '#dist/bench/run.js';
import { format, markdown } from '#dist/bench/table.js';

const RECORDS = 6_000_000;

/** A sample `thread module function` belongs to the first stage whose pattern matches. */
const STAGES: readonly (readonly [stage: string, pattern: RegExp])[] = [
  ['caller: building the record', /^node .*\blogMany /],
  [
    'log(): reading and encoding values',
    /^node .*(\b(record-encoder|record-memory|word-writer|number-reader|shapes|value)\.js|JS:\S*read :)/,
  ],
  [
    'log(): Logger, sink, room in the ring',
    /^node .*\b(logger|native-sink|producer|drivers-ours)\.js/,
  ],
  ['log(): from JavaScript into C++', /^node .*(v8impl|napi_|CallApi|HandleApi)/],
  ['log(): stamp and publish, in C++', /^node dllogger\.node/],
  ['log(): waiting for the writer, waking it', /^node (.*kernel|libc|\[vdso)/],
  ['garbage collection', /(Scaveng|GC|Heap|Mark|Sweep|Evacuat|V8Worker|DelayedTask)/],
  ['the rest of Node: compiling, the event loop', /^(node|libuv|Worker)/],
  [
    'writer: text of doubles',
    /^dllogger .*(libstdc|Decimal|Double|Float|Number|Magnitude|\[unknown\])/,
  ],
  ['writer: text of integers and times', /^dllogger .*(WallTime|Times|Seconds|Fraction|Integer)/],
  ['writer: copying text', /^dllogger .*(memmove|memcpy|Text::)/],
  ['writer: reading the ring, keys and punctuation', /^dllogger dllogger\.node/],
  ['writer: write(2), locks, sleep', /^dllogger /],
];

const directory = mkdtempSync(join(tmpdir(), 'dllogger-profile-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const data = join(directory, 'perf.data');
const child = fileURLToPath(new URL('child.js', CASES));
const job = {
  driver: 'dllogger',
  path: join(directory, 'log.json'),
  roots: [],
  options: { records: RECORDS },
};
const node = [process.execPath, '--perf-basic-prof', '--interpreted-frames-native-stack'];
const recorded = spawnSync(
  'perf',
  [
    'record',
    '-q',
    '-F',
    '1999',
    '-o',
    data,
    ...node,
    child,
    CASES,
    'endToEnd',
    JSON.stringify(job),
  ],
  { stdio: ['ignore', 'ignore', 'inherit', 'pipe'], encoding: 'utf8', cwd: directory },
);
if (recorded.status !== 0) throw new Error('perf did not record (is it installed and allowed?)');
const { cpu } = JSON.parse(recorded.output[3] ?? '{}') as { cpu: number };

const script = execFileSync('perf', ['script', '-i', data, '-F', 'comm,ip,sym,dso'], {
  encoding: 'utf8',
  maxBuffer: 2 ** 30,
  stdio: ['ignore', 'pipe', 'ignore'],
});
const counts = new Map<string, number>(STAGES.map(([stage]) => [stage, 0]));
const functions = new Map<string, number>();
let total = 0;
for (const line of script.split('\n')) {
  // `thread address function (module)`
  const match = /^\s*(.+?)\s+([0-9a-f]+)\s+(.*?)\s+\((.*)\)$/.exec(line);
  if (match === null) continue;
  const [, thread = '', , name = '', path = ''] = match;
  // Newer versions of Node name their threads with a prefix.
  const first = thread.replace('node-MainThread', 'node').replace('node-V8', 'V8');
  const sample = `${first} ${path.split('/').at(-1)} ${name}`;
  const stage = STAGES.find(([, pattern]) => pattern.test(sample))?.[0] ?? 'other';
  counts.set(stage, (counts.get(stage) ?? 0) + 1);
  functions.set(`${stage}: ${name}`, (functions.get(`${stage}: ${name}`) ?? 0) + 1);
  total++;
}

const nanoseconds = (samples: number): string => format((cpu * samples) / total);
console.log(
  markdown([
    ['stage', 'ns a record', 'share'],
    ...[...counts]
      .filter(([, samples]) => samples > 0)
      .map(([stage, samples]) => [
        stage,
        nanoseconds(samples),
        `${format((100 * samples) / total)} %`,
      ]),
    ['CPU of all threads', format(cpu), '100 %'],
  ]),
);
if (process.argv.includes('--functions')) {
  const rows = [...functions].sort((a, b) => b[1] - a[1]).slice(0, 40);
  console.log();
  console.log(markdown([['function', 'ns'], ...rows.map(([name, n]) => [name, nanoseconds(n)])]));
}
console.log(`\n${total} samples. ${machineLine(machine())}`);
