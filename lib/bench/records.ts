/** The record that is logged: two numbers of a step, three metrics, real doubles of full length. */
import type { Driver } from './driver.js';

const SIZE = 4096;
const LOSS = Float64Array.from({ length: SIZE }, () => Math.random() * 3);
const LR = Float64Array.from({ length: SIZE }, (_, i) => 0.001 / (1 + i / 1e4));
const IPS = Float64Array.from({ length: SIZE }, () => 1000 + Math.random() * 100);

/** Metrics of a record. */
export const METRICS = 3;

/** Logs records number `from` up to `to`, each with a fresh step and fresh data. */
export function logMany(driver: Pick<Driver, 'log'>, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const at = i % SIZE;
    driver.log([i >> 8, i], {
      'train.loss': LOSS[at],
      lr: LR[at],
      'train.total_ips': IPS[at],
    });
  }
}
