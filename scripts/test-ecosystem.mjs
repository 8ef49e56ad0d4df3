// `npm run test:ecosystem`: tests logs in the real tools. TensorFlow.js is installed under out/, too, unless
// DLLOGGER_ECOSYSTEM_TFJS names a directory that has it.
import { runWithTools } from './ecosystem.mjs';
import { tool } from './tools.mjs';

const TESTS = ['parquet', 'prometheus', 'events', 'tensorboard', 'mlflow', 'tfjs'];
const tfjs = process.env.DLLOGGER_ECOSYSTEM_TFJS ?? tool('@tensorflow/tfjs', '4.22.0', []);
const files = TESTS.map((name) => `out/test/ecosystem/${name}.test.js`);
runWithTools(['--test', '--test-reporter=spec', ...files], { DLLOGGER_ECOSYSTEM_TFJS: tfjs });
