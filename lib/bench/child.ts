/** Runs one case on one driver in a separate process: `child.js MODULE CASE JOB`. Figures go to descriptor 3. */
import { writeSync } from 'node:fs';
import type { Case, Job } from './cases.js';
import { findDriver } from './drivers.js';

const [module = '', name = '', text = ''] = process.argv.slice(2);
const cases = (await import(module)) as Readonly<Record<string, Case>>;
const job = JSON.parse(text) as Job;
const measure = cases[name];
if (measure === undefined) throw new Error(`${module} has no case ${name}`);
// Some loggers wait for threads that do not keep the process alive.
const alive = setInterval(() => {}, 2 ** 30);
const figures = await measure(job, async () => findDriver(job.driver).create(job));
writeSync(3, JSON.stringify(figures));
clearInterval(alive);
