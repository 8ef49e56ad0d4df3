/** A worker that logs on a message. Posts a message when it is ready, and another when its file is written. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import type { Job } from '#dist/bench/cases.js';
import { findDriver } from '#dist/bench/drivers.js';
import { logMany } from '#dist/bench/records.js';

const { count, ...job } = workerData as Omit<Job, 'options'> & { readonly count: number };
const driver = await findDriver(job.driver).create(job);
logMany(driver, 0, 20_000);
await driver.flush();
parentPort?.postMessage('ready');
if (parentPort !== null) await once(parentPort, 'message');
for (let i = 0; i < count; i += 1000) logMany(driver, i, i + 1000);
await driver.close();
parentPort?.postMessage('done');
parentPort?.close();
