/** Lower bounds of the cost of each stage of a record on this machine, measured one at a time. */
import type { Case } from '#dist/bench/cases.js';
import { type DriverSpec, notOpened } from '#dist/bench/driver.js';
import { kept } from '#dist/bench/drivers-ours.js';
import { logMany } from '#dist/bench/records.js';
import type { Section } from '#dist/bench/section.js';
import { median } from '#dist/bench/statistics.js';
import { figure, format, markdown } from '#dist/bench/table.js';
import { native } from '#dist/sink/native.js';
import { compile, programSpec } from './programs.js';
import { find } from './section.js';

const COUNT = 1000;
const ROUNDS = 600;

/** Nanoseconds per call: the median of many short runs. The first third of the runs is warm-up. */
function time(run: (from: number) => void): number {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const start = performance.now();
    run(i * COUNT);
    times.push(((performance.now() - start) * 1e6) / COUNT);
  }
  return median(times.slice(ROUNDS / 3));
}

export const measure: Case = async () => {
  const build = time((from) =>
    logMany(
      {
        log: (step, data) => {
          kept.step = step;
          kept.data = data;
        },
      },
      from,
      from + COUNT,
    ),
  );
  const clock = time((from) => {
    for (let i = from; i < from + COUNT; i++) kept.time = performance.now();
  });
  // Reading by a computed key boxes each double: a logger does not know the metrics' names beforehand.
  const values = new Float64Array(64);
  const record = { 'train.loss': Math.random(), lr: Math.random(), 'train.total_ips': 1e3 };
  const read = time((from) => {
    for (let i = from; i < from + COUNT; i++) {
      record.lr = i + 0.5;
      let at = 0;
      for (const key in record) values[at++] = record[key as keyof typeof record];
    }
    kept.time = values[0] ?? 0;
  });
  const memory = new Int32Array(new SharedArrayBuffer(64));
  const publish = time((from) => {
    for (let i = from; i < from + COUNT; i++) Atomics.store(memory, 0, i);
  });
  const call = time((from) => {
    for (let i = from; i < from + COUNT; i++) native?.stamp();
  });
  return { build, clock, read, publish, call };
};

const JAVASCRIPT: DriverSpec = { name: 'JavaScript', create: notOpened };
const CPP = 'C++';

const ROWS: readonly (readonly [driver: string, figure: string, text: string])[] = [
  [JAVASCRIPT.name, 'build', 'building the record and its step (V8)'],
  [JAVASCRIPT.name, 'clock', 'performance.now()'],
  [JAVASCRIPT.name, 'read', 'reading three doubles by key and storing them in typed memory'],
  [JAVASCRIPT.name, 'publish', 'Atomics.store()'],
  [JAVASCRIPT.name, 'call', 'a call from JavaScript into C++, with a stamp of both clocks'],
  [CPP, 'clock', 'clock_gettime()'],
  [CPP, 'counter', "the processor's counter"],
  [CPP, 'number', 'the shortest text of a double, std::to_chars()'],
  [CPP, 'copy', 'copying a line of 265 bytes'],
  [CPP, 'write', 'write(2) of such a line, 256 KiB at a time'],
];

export const bounds: Section = {
  name: 'bounds',
  title: 'Lower bounds of the stages, ns',
  trials: () => {
    const program = compile('bounds.cc', 'bounds');
    const options = { records: 200_000 };
    return [JAVASCRIPT, ...(program === undefined ? [] : [programSpec(CPP, [program])])].map(
      (driver) => ({
        driver,
        module: import.meta.url,
        case: driver.program === undefined ? 'measure' : 'bounds',
        options,
      }),
    );
  },
  show: (results) =>
    markdown([
      ['', 'ns'],
      ...ROWS.flatMap(([driver, name, text]) => {
        const value = figure(find(results, driver), name);
        return value === undefined ? [] : [[text, format(value)]];
      }),
    ]),
};
