// `npm run test:ecosystem`: tests logs in the real tools. `npm run test:ranks -- --ranks N`: tests the ranks of a run,
// from their start to the tools that show their logs. The tools are installed under out/: a Python environment (a
// gigabyte, some minutes, once) and TensorFlow.js. DLLOGGER_ECOSYSTEM_PYTHON and DLLOGGER_ECOSYSTEM_TFJS name existing
// ones to use instead.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, tool } from './tools.mjs';

const TESTS = ['parquet', 'prometheus', 'events', 'tensorboard', 'mlflow', 'tfjs'];
const PACKAGES = [
  ...['tensorboard', 'setuptools<81', 'mlflow<4'],
  ...['duckdb', 'pyarrow', 'prometheus-client'],
];

function python() {
  const home = join(root, 'out', 'ecosystem');
  const program = join(home, 'bin', 'python');
  if (!existsSync(program)) run('python3', ['-m', 'venv', home], { cwd: root });
  run(program, ['-m', 'pip', 'install', '--quiet', ...PACKAGES], { cwd: root });
  return program;
}

const isOfRanks = process.argv[2] === 'ranks';
const env = {
  ...process.env,
  DLLOGGER_ECOSYSTEM_PYTHON: process.env.DLLOGGER_ECOSYSTEM_PYTHON ?? python(),
};
if (!isOfRanks) env.DLLOGGER_ECOSYSTEM_TFJS ??= tool('@tensorflow/tfjs', '4.22.0', []);
const args = isOfRanks
  ? ['out/test/ranks/main.js', ...process.argv.slice(3)]
  : ['--test', ...TESTS.map((name) => `out/test/ecosystem/${name}.test.js`)];
const flags = ['--no-concurrent-recompilation', '--test-reporter=spec'];
const { status } = spawnSync(process.execPath, [...flags, ...args], {
  ...{ cwd: root, env, stdio: 'inherit' },
});
process.exit(status ?? 1);
