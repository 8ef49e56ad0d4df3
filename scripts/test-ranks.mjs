// `npm run test:ranks -- --ranks N`: the ranks of a run, from their start to the tools that show them.
import { runWithTools } from './ecosystem.mjs';

runWithTools(['--test-reporter=spec', 'out/test/ranks/main.js', ...process.argv.slice(2)]);
