/** Runs the test files that its arguments name in this process. */
import { pathToFileURL } from 'node:url';

// All at once: the hooks at the end of a file run when no test is left, which may be before a later file is loaded.
await Promise.all(process.argv.slice(2).map((file) => import(pathToFileURL(file).href)));
