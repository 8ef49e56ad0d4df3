/** The conditions that find runs, and the errors for text that is no condition. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cell } from '#dist/runs/cell.js';
import { ConditionError, type Field, parseConditions } from '#dist/runs/conditions.js';

type Run = Readonly<Record<string, number | string>>;

function field(kind: Field<Run>['kind'], name: string, key = name): Field<Run> {
  const cell = (run: Run): Cell | undefined => {
    const value = run[key];
    if (value === undefined) return undefined;
    const text = String(value);
    return { value, text, ...(key === 'state' && { words: text.split(', ') }) };
  };
  return { kind, name, cell };
}

const FIELDS = [
  field('run', 'name'),
  field('run', 'state'),
  field('run', 'records'),
  field('parameter', 'lr'),
  field('parameter', 'model'),
  field('parameter', 'learning rate'),
  field('last', 'lr', 'last lr'),
  field('last', 'val.loss'),
  field('best', 'val.loss', 'best val.loss'),
  field('last', 'speed'),
];

const RUNS: readonly Run[] = [
  {
    name: 'run-1.json',
    state: 'finished',
    records: 10,
    lr: 0.001,
    model: 'ResNet-18',
    'last lr': 0,
    'val.loss': 0.5,
    'best val.loss': 0.4,
  },
  {
    name: 'run-2.json',
    state: 'killed, diverged',
    records: 20,
    lr: 0.01,
    model: 'ResNet-50',
    'last lr': 1,
    'val.loss': Number.NaN,
    'best val.loss': 0.3,
  },
  {
    name: 'run-10.json',
    state: 'running',
    records: 5,
    lr: 0.1,
    model: 'vit',
    'learning rate': '1e-3',
    'val.loss': -1,
  },
  { name: 'other.json', state: 'stale', records: 0 },
];

function found(text: string): string {
  const matches = parseConditions(text, FIELDS);
  return RUNS.map((_, i) => i + 1)
    .filter((i) => matches(RUNS[i - 1] ?? {}))
    .join();
}

describe('conditions', () => {
  const cases: Readonly<Record<string, string>> = {
    '': '1,2,3,4',
    '   ': '1,2,3,4',
    resnet: '1,2',
    'run 2': '2',
    'run-1': '1,3',
    '"run-1"': '1,3',
    '/run-1\\b/': '1',
    '/RUN-\\d+$/': '',
    '/run-\\d\\.json/': '1,2',
    'lr > 0.001': '2,3',
    'lr>0.001': '2,3',
    'lr >= 0.001 and lr < .1': '1,2',
    'lr = 1e-2': '2',
    'lr == 0.010': '2',
    'lr != 0.01': '1,3,4',
    'model = resnet-18': '1',
    'model ~ resnet': '1,2',
    'model !~ resnet': '3,4',
    'model ~ /net-\\d+$/': '1,2',
    'model = resnet-18 or model = vit': '1,3',
    'lr > 0.001 model ~ net': '2',
    'not model ~ net': '3,4',
    'not (lr > 0.001 and model ~ net)': '1,3,4',
    'lr = 0.001 or lr = 0.01 and model = vit': '1',
    '(lr = 0.001 or lr = 0.01) and model ~ net': '1,2',
    'LR > 0.001 AND NOT model = vit': '2',
    'last(lr) = 1': '2',
    'val.loss < 1': '1,3',
    'best(val.loss) < 0.35': '2',
    'best("val.loss") < 0.35': '2',
    'last( val.loss ) = nan': '2',
    'val.loss = -1': '3',
    'state = diverged': '2',
    'state = "killed, diverged"': '2',
    'state != finished': '2,3,4',
    'records >= 10': '1,2',
    'name = run-2.json': '2',
    'name < run-3': '1,2,4',
    '"learning rate" = 0.001': '3',
    '"learning rate" < 0.01': '3',
    'model > resnet-19': '2,3',
    'speed > 0': '',
    "model = 'vit'": '3',
  };
  for (const [text, runs] of Object.entries(cases)) {
    test(`${text === '' ? 'nothing' : text} finds ${runs === '' ? 'none' : runs}`, () => {
      assert.equal(found(text), runs);
    });
  }

  const faults: Readonly<Record<string, RegExp>> = {
    'lr >': /after "lr >" a value is missing/,
    'lr > 0.1 and': /after "and" a condition is missing/,
    'lr > > 1': /after "lr >" a value is missing/,
    '> 1': /before ">" something is missing/,
    '(lr > 1': /a "\)" is missing/,
    'lr > 1)': /"\)" has no place here/,
    'modle = vit': /there is no column "modle"; did you mean "model"\?/,
    'xyzzy = 1': /^there is no column "xyzzy"; there are "name", "state"/,
    'best(speed) < 1': /which value of "speed" is best is not known/,
    'best(nothing) < 1': /there is no column "nothing"/,
    'best(val.loss)': /needs a comparison/,
    '/(/': /Invalid regular expression/,
    'lr = /1/': /compared by "~"/,
    '"open': /the quote .* has no end/,
    'or lr > 1': /before "or"|"or" has no place/,
    '()': /has no place here|before "\)" something is missing/,
  };
  for (const [text, message] of Object.entries(faults)) {
    test(`${text} is an error that says why`, () => {
      assert.throws(
        () => parseConditions(text, FIELDS),
        (error) => error instanceof ConditionError && message.test(error.message),
      );
    });
  }
});
