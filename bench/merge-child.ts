/** A case of bench/merge.ts, in a process of its own. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JSONStreamBackend, Logger } from 'dllogger';
import { main } from '#dist/cli/main.js';
import { reportCase } from './figures.js';

const EPOCHS = 10;

await reportCase({
  make(folder, logs, records) {
    mkdirSync(folder);
    const inEpoch = Math.ceil(records / EPOCHS);
    for (let rank = 0; rank < logs; rank++) {
      const logger = new Logger([new JSONStreamBackend(1, join(folder, `rank.${rank}.json`))]);
      logger.log('PARAMETER', { lr: 0.1, model: 'resnet50', rank });
      logger.metadata('loss', { unit: 'nat' });
      for (let i = 0; i < records; i++) {
        const loss = 10 / (1 + i / 1000) + Math.random();
        const values = { loss, lr: 0.1 * (1 - i / records), 'grad.norm': 10 * Math.random() };
        logger.log([Math.floor(i / inEpoch), i % inEpoch], values);
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
