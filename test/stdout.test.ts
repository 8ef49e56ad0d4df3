/** StdOutBackend: what it prints, in which order, and what a wrong format does. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  DLLoggerError,
  defaultMetricFormat,
  defaultPrefixFormat,
  defaultStepFormat,
  float,
  format,
  type MetricValue,
  repr,
  StdOutBackend,
  stepFormatter,
  str,
  Timestamp,
  Verbosity,
} from 'dllogger';
import { readRecords, run, runScript, temporaryDirectory } from './support/run.js';

const directory = temporaryDirectory();

const now = new Timestamp(1570726482500902);

const scripts: string[] = [];
let outputs: Promise<string[]> | undefined;

/** Runs all scripts in one process, in the time zone UTC. */
async function runAll(): Promise<string[]> {
  const parts = scripts.map((script) => `{ ${script} }\nconsole.log('END');\n`);
  const whole = `import * as dllogger from 'dllogger';\n${parts.join('')}`;
  const { stdout, stderr } = await runScript(whole, { env: { TZ: 'UTC' } });
  assert.equal(stderr, '');
  return stdout.split('END\n');
}

/** Adds a script, in which `dllogger` is the package. The returned function resolves to what the script prints. */
function printed(script: string): () => Promise<string | undefined> {
  const index = scripts.push(script) - 1;
  return async () => {
    // All scripts are there once this file has been read.
    outputs ??= Promise.resolve().then(runAll);
    return (await outputs)[index];
  };
}

const reference = printed(`
  const { StdOutBackend, Timestamp } = dllogger;
  const backend = new StdOutBackend(0);
  const now = new Timestamp(1570726482500902);
  backend.metadata(now, 0, 'loss', { unit: 'nat' });
  backend.metadata(now, 0, 'speed', { unit: 'speeds/s', format: ':.3f' });
  backend.log(now, 0, [0, 5], { loss: 130.5, speed: 10 });
  backend.log(new Timestamp(1570726482000000), 0, [], {});
  backend.log(now, 0, 'PARAMETER', { lr: 1e-5, amp: true, tag: 'é', none: null, dims: [1, 'a'] });
`);

test('lines look like those of the reference', async () => {
  assert.equal(
    await reference(),
    'DLL 2019-10-10 16:54:42.500902 - (0, 5) loss : 130.5 nat speed : 10.000 speeds/s\n' +
      'DLL 2019-10-10 16:54:42 - () \n' +
      "DLL 2019-10-10 16:54:42.500902 - PARAMETER lr : 1e-05  amp : True  tag : é  none : None  dims : [1, 'a'] \n",
  );
});

test('lines keep their order with console.log', async () => {
  const script = `
    import { Logger, StdOutBackend } from 'dllogger';
    const logger = new Logger([new StdOutBackend(1, { prefixFormat: () => '' })]);
    for (let i = 0; i < 1000; i++) {
      console.log(i);
      logger.log(i, {});
    }
  `;
  const result = await runScript(script);
  const expected = Array.from({ length: 1000 }, (_, i) => `${i}\n${i} \n`).join('');
  assert.ok(result.stdout === expected, `${result.stdout.length} of ${expected.length} bytes`);
});

const replaced = printed(`
  const { Logger, StdOutBackend } = dllogger;
  const backend = new StdOutBackend(1, {
    stepFormat: (step) => 'step ' + step.join('/'),
    metricFormat: (metric, metadata, value) => metric + '=' + value + (metadata.unit ?? ''),
    prefixFormat: (timestamp) => timestamp instanceof Date ? '> ' : '? ',
  });
  const logger = new Logger([backend]);
  logger.metadata('loss', { unit: 'nat' });
  logger.log([1, 2], { loss: 0.5, lr: 1 });
  backend.stepFormat = () => 'changed';
  logger.log([1, 2], {});
`);

test('the three formatters can be replaced', async () => {
  assert.equal(await replaced(), '> step 1/2 loss=0.5nat lr=1\n> changed \n');
});

test('a formatter of steps gets components or text', () => {
  const steps: unknown[] = [];
  const backend = new StdOutBackend(0, {
    prefixFormat: () => '',
    stepFormat: (step) => {
      steps.push(step);
      return '';
    },
  });
  const given = [
    [0, null],
    [],
    'PARAMETER',
    3,
    10n,
    null,
    true,
    float(2),
    { a: 1 },
    new Map(),
    1.5,
  ];
  for (const step of given) backend.log(now, 0, step, {});
  const texts = ['3', '10', 'None', 'True', '2.0', "{'a': 1}", '{}', '1.5'];
  assert.deepEqual(steps, [[0, null], [], 'PARAMETER', ...texts]);
});

test('Python’s text of a value is at hand for formatters', () => {
  assert.deepEqual([0.00001, true, null, 'é', float(1), 2n, [1, 'a', null], { a: 1 }].map(str), [
    ...['1e-05', 'True', 'None', 'é', '1.0', '2', "[1, 'a', None]", "{'a': 1}"],
  ]);
  assert.deepEqual(["it's", '\n', 'é', 0.5].map(repr), ['"it\'s"', "'\\n'", "'é'", '0.5']);
  assert.equal(format(2.5, ':>5.2f'), ' 2.50');
  assert.equal(format(2.5, ':.0f'), '2');
  assert.equal(format('a', '!r:>5'), "  'a'");
  assert.equal(format(null, ''), 'None');
  const wrong = { name: 'DLLoggerError', code: 'ERR_DLLOGGER_FORMAT' };
  assert.throws(() => format('a', ':.2f'), { ...wrong, message: /^the value does not fit/ });
  assert.throws(() => format(1, '.2f'), { ...wrong, message: /did you mean ":\.2f"\?$/ });
  assert.throws(() => format(null, ':.2f'), wrong);
  assert.throws(() => format(1, 2 as never), {
    name: 'TypeError',
    message: "the format of the value is a string such as ':.3f', not a number",
  });
  for (const text of [str, repr, (value: MetricValue) => format(value, ':d')]) {
    assert.throws(() => text((() => 1) as unknown as MetricValue), {
      name: 'TypeError',
      message: 'the value is a function, which cannot be logged',
    });
  }
});

const named = printed(`
  const { StdOutBackend, stepFormatter, Timestamp } = dllogger;
  const options = { prefixFormat: () => '', stepFormat: stepFormatter('Epoch', 'Iteration') };
  const backend = new StdOutBackend(0, options);
  for (const step of [[0, 5], [3], [], 'PARAMETER', 4]) {
    backend.log(new Timestamp(1e15), 0, step, { loss: 0.5 });
  }
`);

test('a step format made from names prints what the function of Python’s clients prints', async () => {
  const stepFormat = stepFormatter('Epoch', 'Iteration', 'Validation Iteration');
  assert.equal(stepFormat([1, 5, 2]), 'Epoch: 1 Iteration: 5 Validation Iteration: 2 ');
  assert.equal(stepFormat([1, 5, 2, 9]), 'Epoch: 1 Iteration: 5 Validation Iteration: 2 ');
  assert.equal(stepFormat([1]), 'Epoch: 1 ');
  assert.equal(stepFormat([null, float(1)]), 'Epoch: None Iteration: 1.0 ');
  assert.equal(stepFormat([]), '');
  assert.equal(stepFormat('PARAMETER'), 'PARAMETER');
  const lines = ['Epoch: 0 Iteration: 5  ', 'Epoch: 3  ', ' ', 'PARAMETER ', '4 '];
  const expected = lines.map((line) => `${line}loss : 0.5 \n`).join('');
  assert.equal(await named(), expected);
});

test('an error of a custom formatter is thrown', () => {
  const metricFormat = () => {
    throw new RangeError('mine');
  };
  const backend = new StdOutBackend(0, { metricFormat });
  assert.throws(() => backend.log(now, 0, [], { loss: 1 }), /^RangeError: mine$/);
});

test('a value that its format does not fit prints as str(), with one warning for the metric', async () => {
  const script = `
    import { Logger, StdOutBackend } from 'dllogger';
    const logger = new Logger([new StdOutBackend(1, { prefixFormat: () => '' })]);
    logger.metadata('epoch', { format: ':d', unit: 'epochs' });
    logger.metadata('name', { format: ':.2f' });
    logger.metadata('bad', { format: null });
    for (const epoch of [1, 1.5, 2.5, 3]) logger.log([], { epoch, name: 'a', bad: 1 });
  `;
  const result = await runScript(script);
  const line = (epoch: string) => `() epoch : ${epoch} epochs name : a  bad : 1 \n`;
  assert.equal(result.stdout, ['1', '1.5', '2.5', '3'].map(line).join(''));
  const warnings = result.stderr.split('\n').filter((text) => text.includes('Warning'));
  assert.equal(warnings.length, 3);
  assert.match(
    warnings.join('\n'),
    /metric "epoch" does not fit its format ":d": Unknown format code 'd' for object of type 'float'; its values are printed without the format/,
  );
});

test('defaultMetricFormat throws where Python raises, naming metric, format and reason', () => {
  assert.throws(
    () => defaultMetricFormat('loss', { format: ':/3f' }, 1),
    (error: unknown) => {
      assert.ok(error instanceof DLLoggerError);
      assert.equal(error.code, 'ERR_DLLOGGER_FORMAT');
      assert.equal(
        error.message,
        'metric "loss" does not fit its format ":/3f": ' +
          "Invalid format specifier '/3f' for object of type 'int'",
      );
      return true;
    },
  );
  const format = null as never;
  assert.throws(() => defaultMetricFormat('loss', { format }, 1), {
    name: 'TypeError',
    message: /the format of metric "loss" is a string such as ':\.3f', not null/,
  });
});

test('a format without its colon gets a hint', () => {
  const message = (format: string) => {
    try {
      return defaultMetricFormat('loss', { format }, 0.5);
    } catch (error) {
      return String(error);
    }
  };
  for (const format of ['.3f', '3f', '%.3f']) {
    assert.ok(
      message(format).endsWith(`; did you mean ":${format.replace('%', '')}"?`),
      message(format),
    );
  }
});

test('wrong options are a TypeError', () => {
  const make = (options: object) => () => new StdOutBackend(0, options);
  assert.throws(make({ step_format: String }), /TypeError: .* there is no option "step_format"/);
  assert.throws(
    make(String),
    /TypeError: the options of a StdOutBackend are an object with stepFormat/,
  );
  assert.throws(
    make({ stepFormat: 'x' }),
    /TypeError: the option stepFormat is a function, not a str/,
  );
});

test('the default formatters give the texts of Python', () => {
  assert.equal(defaultStepFormat([0, 5]), '(0, 5)');
  assert.equal(defaultStepFormat([3]), '(3,)');
  assert.equal(defaultStepFormat([]), '()');
  assert.equal(defaultStepFormat(['a', [1, "it's"], null, 1.5]), `('a', [1, "it's"], None, 1.5)`);
  assert.equal(defaultStepFormat('90%'), '90%');
  assert.equal(defaultStepFormat({}), '{}');
  assert.equal(defaultMetricFormat('loss', {}, float(1)), 'loss : 1.0 ');
  assert.equal(defaultMetricFormat('loss', { format: ':.0f' }, 2.5), 'loss : 2 ');
  assert.equal(
    defaultMetricFormat('loss', { unit: null as never, format: ':5' }, true),
    'loss :     1 None',
  );
  assert.equal(defaultMetricFormat('loss', { format: ':.3f', unit: 's' }, null), 'loss : None s');
  assert.equal(
    defaultMetricFormat('p', {}, { a: 1, b: [true, 'x'] }),
    "p : {'a': 1, 'b': [True, 'x']} ",
  );
  assert.match(defaultPrefixFormat(now), /^DLL 2019-10-1\d \d\d:\d\d:42\.500902 - $/);
});

test('metadata of a metric accumulates, can be read and changed, and exists for any name', () => {
  const backend = new StdOutBackend(Verbosity.DEFAULT);
  backend.metadata(now, 0, 'loss', { unit: 'nat' });
  backend.metadata(now, 0, 'loss', { format: ':.1f', ['__proto__']: 1 });
  assert.deepEqual(
    { ...backend.metadataOf('loss') },
    { unit: 'nat', format: ':.1f', ['__proto__']: 1 },
  );
  backend.metadataOf('new').unit = 's';
  assert.equal(backend.metadataOf('new').unit, 's');
  assert.deepEqual(Object.keys(backend.metadataOf('constructor')), []);
});

test('a closed pipe silences the backend with one warning, and harms no other backend', async () => {
  const path = join(directory, 'pipe.json');
  const script = `
    import { JSONStreamBackend, Logger, StdOutBackend } from 'dllogger';
    const logger = new Logger([
      new StdOutBackend(1),
      new StdOutBackend(1),
      new JSONStreamBackend(1, process.argv[1]),
    ]);
    const warnings = [];
    process.on('warning', (warning) => warnings.push(warning.code));
    for (let i = 0; i < 3000; i++) {
      logger.log([i], { loss: i });
      if (i % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { backends } = logger.stats();
    const [printed, , file] = backends;
    console.error(warnings.join(), printed.lastError.code, printed.dropped > 0, file.records);
    process.exitCode = 7;
  `;
  const command = `"$0" --input-type=module -e "$1" -- "$2"; echo $? >&2`;
  const shell = ['-c', `{ ${command}; } | head -n 3`, process.execPath, script, path];
  const result = await run('bash', shell);
  assert.equal(result.stdout.split('\n').length - 1, 3);
  assert.equal(result.stderr.match(/Warning: standard output cannot be written/g)?.length, 1);
  assert.match(result.stderr, /^EPIPE EPIPE true 3000\n7\n/m);
  assert.equal(readRecords(path).length, 3000);
});

const escaped = printed(`
  const { Logger, StdOutBackend } = dllogger;
  const backend = new StdOutBackend(1, {
    escapeControl: true,
    prefixFormat: () => '\\x1b[1m>\\x1b[0m ',
  });
  const logger = new Logger([backend]);
  logger.metadata('a\\nb', { unit: '\\x1b[2Jnat\\u202e' });
  logger.log('step\\r\\u2028', { 'a\\nb': 'x\\tDLL 2026 - forged\\x9b31m é' });
`);

test('escapeControl keeps names, units, steps and values from steering the terminal', async () => {
  assert.equal(
    await escaped(),
    '\x1b[1m>\x1b[0m step\\r\\u2028 a\\nb : x\\tDLL 2026 - forged\\x9b31m é \\x1b[2Jnat\\u202e\n',
  );
  assert.throws(
    () => new StdOutBackend(0, { escapeControl: 'yes' as never }),
    /the option escapeControl is true or false, not a string/,
  );
});
