// Logs in the real tools: `npm run test:ecosystem` makes a Python environment of its own with them (a gigabyte,
// some minutes, once), or takes the Python that DLLOGGER_ECOSYSTEM_PYTHON names. TensorFlow.js is installed the same way,
// and DLLOGGER_ECOSYSTEM_TFJS may name its directory.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, tool } from './tools.mjs';

const PACKAGES = [
  ...['tensorboard', 'setuptools<81', 'mlflow<4'],
  ...['duckdb', 'pyarrow', 'prometheus-client'],
];

function environment() {
  const home = join(root, 'out', 'ecosystem');
  const python = join(home, 'bin', 'python');
  if (!existsSync(python)) run('python3', ['-m', 'venv', home], { cwd: root });
  run(python, ['-m', 'pip', 'install', '--quiet', ...PACKAGES], { cwd: root });
  return python;
}

const python = process.env.DLLOGGER_ECOSYSTEM_PYTHON ?? environment();
const tfjs = process.env.DLLOGGER_ECOSYSTEM_TFJS ?? tool('@tensorflow/tfjs', '4.22.0', []);
const TESTS = ['parquet', 'prometheus', 'events', 'tensorboard', 'mlflow', 'tfjs'];
const files = TESTS.map((name) => `out/test/ecosystem/${name}.test.js`);
const { status } = spawnSync(
  process.execPath,
  ['--no-concurrent-recompilation', '--test', '--test-reporter=spec', ...files],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, DLLOGGER_ECOSYSTEM_PYTHON: python, DLLOGGER_ECOSYSTEM_TFJS: tfjs },
  },
);
process.exit(status ?? 1);
