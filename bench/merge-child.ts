/** A case of bench/merge.ts, in a process of its own. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JSONStreamBackend, Logger } from 'dllogger';
import { main } from '#dist/cli/main.js';
import { ARRANGEMENTS, type Arrangement } from './arrangements.js';
import { reportCase } from './figures.js';

const EPOCHS = 10;

/** Logs a rank's values at a step, in one of the arrangements of bench/arrangements.ts. */
type Arrange = (logger: Logger, step: number[], values: Values, rank: number, i: number) => void;
type Values = Readonly<Record<string, number>>;

const ARRANGE: Readonly<Record<Arrangement, Arrange>> = {
  alike: (logger, step, values) => logger.log(step, values),
  'one rank lacks every second step': (logger, step, values, rank, i) => {
    if (rank !== 1 || i % 2 === 0) logger.log(step, values);
  },
  'each rank lacks other steps': (logger, step, values, rank, i) => {
    if ((rank + i) % 7 !== 0) logger.log(step, values);
  },
  'one rank has one metric more': (logger, step, values, rank) =>
    logger.log(step, rank === 1 ? { ...values, memory: 1e9 } : values),
  'the first rank has metrics of its own': (logger, step, values, rank) => {
    const { loss = 0 } = values;
    logger.log(step, rank === 0 ? { val: loss, ...values, memory: 1e9 } : values);
  },
  'one rank has a record more at each step': (logger, step, values, rank) => {
    logger.log(step, values);
    if (rank === 1) logger.log(step, { memory: 1e9 });
  },
  'two records at each step, the second of every second rank': (logger, step, values, rank) => {
    const { 'grad.norm': norm = 0, ...others } = values;
    logger.log(step, others);
    if (rank % 2 === 0) logger.log(step, { 'grad.norm': norm });
  },
  'a step that never changes': (logger, _step, values) => logger.log([0], values),
};

await reportCase({
  make(folder, logs, records, arrangement) {
    mkdirSync(folder);
    const arrange = ARRANGE[ARRANGEMENTS[arrangement] ?? 'alike'];
    const inEpoch = Math.ceil(records / EPOCHS);
    for (let rank = 0; rank < logs; rank++) {
      const logger = new Logger([new JSONStreamBackend(1, join(folder, `rank.${rank}.json`))]);
      logger.log('PARAMETER', { lr: 0.1, model: 'resnet50', rank });
      logger.metadata('loss', { unit: 'nat' });
      for (let i = 0; i < records; i++) {
        const loss = 10 / (1 + i / 1000) + Math.random();
        const values = { loss, lr: 0.1 * (1 - i / records), 'grad.norm': 10 * Math.random() };
        arrange(logger, [Math.floor(i / inEpoch), i % inEpoch], values, rank, i);
      }
      logger.close();
    }
  },

  loop(folder) {
    let records = 0;
    for (const name of readdirSync(folder)) {
      const lines = readFileSync(join(folder, name), 'utf8').split('\n');
      lines.pop();
      for (const line of lines) if (JSON.parse(line.slice(5)).type === 'LOG') records++;
    }
    return records;
  },

  merge: (folder) => main(['merge', folder, '-o', `${folder}.merged.json`]),
});
