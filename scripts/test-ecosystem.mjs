// Logs forwarded to the real tools: `npm run test:ecosystem` makes a Python environment of its own with them (a gigabyte,
// some minutes, once), or takes the Python that DLLOGGER_ECOSYSTEM_PYTHON names.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './tools.mjs';

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
const files = ['tensorboard', 'mlflow', 'parquet', 'prometheus'].map(
  (name) => `out/test/ecosystem/${name}.test.js`,
);
const { status } = spawnSync(
  process.execPath,
  ['--no-concurrent-recompilation', '--test', '--test-reporter=spec', ...files],
  { cwd: root, stdio: 'inherit', env: { ...process.env, DLLOGGER_ECOSYSTEM_PYTHON: python } },
);
process.exit(status ?? 1);
