/** `npm run soak -- --minutes N` */
import { numbersOf } from '../support/arguments.js';
import { type Sample, Soak } from './soak.js';

const { minutes } = numbersOf({ minutes: 5 });

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

/** The medians of the second quarter, after warming up, and of the last quarter. */
function quarters(samples: readonly Sample[], of: (sample: Sample) => number): [number, number] {
  const quarter = Math.floor(samples.length / 4);
  const numbers = samples.map(of);
  return [median(numbers.slice(quarter, 2 * quarter)), median(numbers.slice(3 * quarter))];
}

const result = await new Soak().run(minutes, (line) => console.log(line));
const descriptors = quarters(result.samples, (sample) => sample.descriptors);
const resident = quarters(result.samples, (sample) => sample.resident / 2 ** 20);
const { end } = result;
const complaints = [...result.complaints];
/** More than the engine's heap varies by itself. */
const MAX_GROWTH = 32;
if (descriptors[1] > descriptors[0]) complaints.push('descriptors have grown');
if (resident[1] > resident[0] + MAX_GROWTH) complaints.push('resident memory has grown');
for (const note of result.notes) console.log(note);
for (const complaint of complaints) console.log(`WRONG: ${complaint}`);
console.log(
  [
    `minutes                ${minutes}`,
    `records                ${result.records} (${(result.bytes / 2 ** 20).toFixed(0)} MiB)`,
    `kills                  ${result.kills}`,
    `rotations              ${result.rotations}`,
    `times the disk was full ${result.full} (last error ${end.lastError})`,
    `dropped, as counted    ${end.dropped}`,
    `waits for the disk     ${end.waits}`,
    `other logs             ${end.others} opened and closed`,
    `  lost                 ${result.lost}`,
    `  doubled              ${result.doubled}`,
    `lines torn             ${result.torn} (unfinished: ${result.unfinished})`,
    `descriptors            ${descriptors.join(' -> ')} (medians of the second and last quarter)`,
    `resident memory        ${resident.map((size) => size.toFixed(1)).join(' -> ')} MiB`,
    complaints.length === 0 ? 'passed' : 'FAILED',
  ].join('\n'),
);
process.exitCode = complaints.length === 0 ? 0 : 1;
