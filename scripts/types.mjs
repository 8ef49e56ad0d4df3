// Checks test/types: each line that must not compile is a test, and so is the rest as a whole.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const directory = 'test/types';
let tests = 1;
for (const name of readdirSync(directory).filter((file) => file.endsWith('.ts'))) {
  tests += readFileSync(`${directory}/${name}`, 'utf8').match(/@ts-expect-error/g)?.length ?? 0;
}
const result = spawnSync('npx', ['tsc', '-p', directory], { encoding: 'utf8' });
const errors = result.stdout.match(/error TS/g)?.length ?? (result.status === 0 ? 0 : 1);
process.stdout.write(result.stdout);
console.log(`${tests - errors} passed, ${errors} failed`);
process.exit(errors === 0 ? 0 : 1);
