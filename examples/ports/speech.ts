/**
 * The logger of a speech model, from speech.py: node out/examples/ports/speech.js DIRECTORY [--resume]
 *
 * A start takes a file name that no file has yet; a start that resumes appends to the existing file.
 */
import { join } from 'node:path';
import * as DLLogger from 'dllogger';
import {
  type Data,
  format,
  JSONStreamBackend,
  type Metadata,
  type MetricValue,
  type PlainStep,
  StdOutBackend,
  type Step,
  str,
  type Timestamp,
  Verbosity,
} from 'dllogger';

function stepFormat(step: PlainStep): string {
  if (typeof step === 'string') return step;
  const fields: string[] = [];
  if (step.length > 0) fields.push(`epoch ${format(step[0], ':>4')}`);
  if (step.length > 1) fields.push(`iter ${format(step[1], ':>3')}`);
  const last = fields.pop() ?? '';
  return [...fields, step.length > 2 ? `${last}/${str(step[2])}` : last].join(' | ');
}

function metricFormat(metric: string, metadata: Metadata, value: MetricValue): string {
  const name = str(metadata.name ?? metric);
  const unit = str(metadata.unit ?? '');
  const text = value === null ? 'None' : format(value, metadata.format ?? '');
  return `| ${name} ${text} ${unit}`;
}

function prefixFormat(timestamp: Timestamp): string {
  return `DLL ${timestamp} | `;
}

/** Metrics that are floats in Python without an option. */
const floats = ['train', 'val'].flatMap((subset) =>
  ['loss', 'mel_loss', 'frames/s', 'lrate'].map((metric) => `${subset}_${metric}`),
);

function init(path: string, resume: boolean): void {
  DLLogger.init([
    new JSONStreamBackend(Verbosity.DEFAULT, path, {
      mkdir: true,
      floats,
      ...(resume ? { append: true } : { unique: true }),
    }),
    new StdOutBackend(Verbosity.VERBOSE, { stepFormat, prefixFormat, metricFormat, floats }),
  ]);
  for (const subset of ['train', 'val']) {
    const name = subset === 'train' ? '' : `${subset} `;
    DLLogger.metadata(`${subset}_loss`, { name: `${name}loss`, format: ':>5.2f' });
    DLLogger.metadata(`${subset}_mel_loss`, { name: `${name}mel loss` });
    DLLogger.metadata(`${subset}_frames/s`, {
      name: `${name}speed`,
      unit: 'frames/s',
      format: ':>10.2f',
    });
    DLLogger.metadata(`${subset}_lrate`, { name: `${name}lr`, format: ':>3.2e' });
  }
}

function log(step: Step, data: Data, subset = 'train'): void {
  const named: Data = {};
  for (const [key, value] of Object.entries(data)) named[`${subset}_${key}`] = value;
  DLLogger.log(step, named);
}

function parameters(config: Data): void {
  for (const [key, value] of Object.entries(config)) DLLogger.log('PARAMETER', { [key]: value });
}

const resume = process.argv.includes('--resume');
init(join(process.argv[2] ?? '.', 'logs', 'speech.json'), resume);
parameters({ epochs: 2, warmup: null, amp: true, betas: [0.9, 0.98], seed: 1234 });

const iterations = 4;
let loss = 8;
for (let epoch = resume ? 2 : 0; epoch < (resume ? 4 : 2); epoch++) {
  for (let iteration = 0; iteration < iterations; iteration++) {
    loss = 8 / (1 + epoch * iterations + iteration);
    const data: Data = { loss, mel_loss: loss / 4, 'frames/s': 25600 * (iteration + 1) };
    data.lrate = 0.001 / (1 + epoch);
    log([epoch, iteration, iterations], data);
  }
  log([epoch], { loss, mel_loss: null, 'frames/s': 64000 }, 'val');
}
log([], { loss, mel_loss: loss / 4 });
DLLogger.flush();
