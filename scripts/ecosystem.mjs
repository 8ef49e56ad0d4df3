// Installs the real tools that logs are brought to under out/: a Python environment (a gigabyte, some minutes, once).
// DLLOGGER_ECOSYSTEM_PYTHON names a Python to use instead.
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

/** Runs Node with the tools in its environment, and ends with its exit code. */
export function runWithTools(args, env = {}) {
  const python = process.env.DLLOGGER_ECOSYSTEM_PYTHON ?? environment();
  const { status } = spawnSync(process.execPath, ['--no-concurrent-recompilation', ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env, DLLOGGER_ECOSYSTEM_PYTHON: python },
  });
  process.exit(status ?? 1);
}
