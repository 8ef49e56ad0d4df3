/** `rank()`: the variables that launchers set, and which values count. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { rank } from 'dllogger';

const PAIRS = [
  ['RANK', 'WORLD_SIZE'],
  ['OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE'],
  ['PMI_RANK', 'PMI_SIZE'],
  ['SLURM_PROCID', 'SLURM_NTASKS'],
] as const;

function clear(): void {
  for (const name of PAIRS.flat()) delete process.env[name];
}
clear();
afterEach(clear);

for (const [name, size] of PAIRS) {
  test(`${name} and ${size} give the rank and the number of ranks`, () => {
    Object.assign(process.env, { [name]: '3', [size]: '8' });
    assert.deepEqual(rank(), { rank: 3, size: 8 });
  });
}

test('a process without a launcher is rank 0 of 1', () => {
  assert.deepEqual(rank(), { rank: 0, size: 1 });
});

test('the launcher nearest to the program wins', () => {
  Object.assign(process.env, { RANK: '1', WORLD_SIZE: '2', SLURM_PROCID: '5', SLURM_NTASKS: '6' });
  assert.deepEqual(rank(), { rank: 1, size: 2 });
});

test('an invalid rank is ignored, and the next launcher counts', () => {
  const wrong = [
    { RANK: '1' },
    { RANK: 'first', WORLD_SIZE: '2' },
    { RANK: '2', WORLD_SIZE: '2' },
    { RANK: '-1', WORLD_SIZE: '2' },
    { RANK: '', WORLD_SIZE: '' },
    { RANK: '0.5', WORLD_SIZE: '2' },
    { RANK: '1e0', WORLD_SIZE: '2' },
  ];
  for (const env of wrong) {
    clear();
    Object.assign(process.env, env);
    assert.deepEqual(rank(), { rank: 0, size: 1 }, JSON.stringify(env));
    Object.assign(process.env, { PMI_RANK: '1', PMI_SIZE: '2' });
    assert.deepEqual(rank(), { rank: 1, size: 2 }, JSON.stringify(env));
  }
});
