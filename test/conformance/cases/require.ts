/** `require()` gives the module that `import` gives. */
import { createRequire } from 'node:module';
import * as imported from 'dllogger';

const required = createRequire(import.meta.url)('dllogger') as typeof imported;
console.log(required.Logger === imported.Logger, imported.implementation);
