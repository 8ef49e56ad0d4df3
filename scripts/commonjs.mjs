// CommonJS: a door into the same ES modules for `require()`, and their types in the form that TypeScript
// asks of a CommonJS module (in module mode node16 it refuses to require an ES module's).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const entries = Object.values(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).exports);

for (const { require: door } of entries) {
  if (door === undefined) continue;
  writeFileSync(
    join(root, door.default),
    "'use strict';\nmodule.exports = require('./index.js');\n",
  );
}
for (const name of readdirSync(dist, { recursive: true })) {
  // Programs, which nobody imports.
  if (!name.endsWith('.d.ts') || /^(cli|page|bench)\b/.test(name)) continue;
  const types = readFileSync(join(dist, name), 'utf8').replace(/\n\/\/# sourceMappingURL=.*/, '');
  const own = types.replace(/(from '|import\(["'])(\.{1,2}\/[^'"]*)\.js(["'])/g, '$1$2.cjs$3');
  writeFileSync(join(dist, name.replace(/\.d\.ts$/, '.d.cts')), own);
}
