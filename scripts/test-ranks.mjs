// `npm run test:ranks -- --ranks N`: tests the ranks of a run, from their start to the tools that show their logs.
import { runWithTools } from './ecosystem.mjs';

runWithTools(['--test-reporter=spec', 'out/test/ranks/main.js', ...process.argv.slice(2)]);
