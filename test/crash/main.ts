/** `npm run test:crash`: kills writers and recoveries at random moments and counts what is lost. */
import { implementation } from 'dllogger';
import { numbersOf } from '../support/arguments.js';
import { type Plan, runCrashes } from './run.js';

const plan: Plan = numbersOf({ kills: 1000, parallel: 2 });
console.log(`killing ${plan.kills} writers of the ${implementation} implementation`);
const started = performance.now();
const { tally, notes } = await runCrashes(plan, (line) => console.log(line));
for (const note of notes) console.log(note);
for (const complaint of tally.complaints) console.log(`WRONG: ${complaint}`);
const deaths = [...tally.deaths].map(([death, count]) => `${count} ${death}`).join(', ');
const kills = [...tally.deaths.values()].reduce((sum, count) => sum + count, 0);
console.log(
  [
    `kills of writers       ${kills} (${deaths})`,
    `kills of recoveries    ${tally.recoveries}`,
    `records acknowledged   ${tally.acknowledged}`,
    `  lost                 ${tally.lost}`,
    `  doubled              ${tally.doubled}`,
    `lines torn             ${tally.torn}`,
    `records unfinished     ${tally.unfinished} (over 256 KiB, killed before log() returned: the beginning stays)`,
    `saved beyond           ${tally.beyond} (logged, killed before it was acknowledged)`,
    `seconds                ${((performance.now() - started) / 1000).toFixed(0)}`,
  ].join('\n'),
);
const isGood = tally.complaints.length + tally.lost + tally.doubled + tally.torn === 0;
console.log(isGood ? 'passed' : 'FAILED');
process.exitCode = isGood ? 0 : 1;
