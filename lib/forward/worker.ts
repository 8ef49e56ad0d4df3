/** The thread behind `forward()`: follows the logs until it is told to close, then forwards the rest. */
import { parentPort, workerData } from 'node:worker_threads';
import { linksOf, openTargets, runLinks, type Targets } from './forward.js';
import { stateOf } from './protocol.js';

const { logs, targets } = workerData as { readonly logs: string[]; readonly targets: Targets };
const stop = new AbortController();
parentPort?.once('message', () => stop.abort());
await runLinks(linksOf(logs, openTargets(targets)), { follow: true, signal: stop.signal });
// Following may have ended before the end of a log. Targets compare what they have already: nothing is sent twice.
const rest = linksOf(logs, openTargets(targets));
await runLinks(rest, { follow: false, signal: new AbortController().signal });
parentPort?.postMessage(rest.map(stateOf));
