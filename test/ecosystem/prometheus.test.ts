/** The parser of Prometheus's own client takes what `dllogger serve` answers at `/metrics`. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { folder } from '../support/dashboard.js';
import { noTools, python } from '../support/ecosystem.js';
import { BEGIN, line } from '../support/forward.js';
import { run } from '../support/run.js';
import { serve } from '../support/serve.js';

const PARSER = `
import json, sys, urllib.request
from prometheus_client.parser import text_string_to_metric_families
with urllib.request.urlopen(sys.argv[1] + "metrics") as answer:
    families = list(text_string_to_metric_families(answer.read().decode()))
print(json.dumps([[f.type, s.name, s.labels, repr(float(s.value))] for f in families for s in f.samples]))
`;

type Sample = readonly [type: string, name: string, labels: Record<string, string>, value: string];

describe('Prometheus', { skip: noTools }, () => {
  test('every sample has its name, labels and value', async () => {
    const directory = folder();
    const odd = 'a "b" \\ ü\n';
    const values = { loss: 'NAN', [odd]: 'INF', least: 'NINF', small: 1e-320, large: 1.5e300 };
    const text = line(7, [0, 0], values)
      .replace('"NAN"', 'NaN')
      .replace('"INF"', 'Infinity')
      .replace('"NINF"', '-Infinity');
    writeFileSync(join(directory, 'first.json'), text);
    writeFileSync(join(directory, 'second.json'), line(8, [3], { loss: -0.5 }) + line(9, [], {}));
    const server = await serve([directory]);
    await server.until((runs) => runs.get('second.json')?.records === 2 && runs.size === 2);
    await server.until((runs) => runs.get('first.json')?.records === 1);
    const { code, stdout, stderr } = await run(python, ['-c', PARSER, server.url]);
    assert.equal(code, 0, stderr);
    const samples = JSON.parse(stdout) as Sample[];
    const of = (name: string, wanted: string, metric?: string) =>
      samples.find(
        ([, found, labels]) =>
          found === name &&
          labels.run === wanted &&
          (metric === undefined || labels.metric === metric),
      )?.[3];
    const value = (metric: string) => of('dllogger_metric_value', 'first.json', metric);
    assert.deepEqual(['loss', odd, 'least', 'small', 'large'].map(value), [
      'nan',
      'inf',
      '-inf',
      '1e-320',
      '1.5e+300',
    ]);
    assert.equal(of('dllogger_metric_value', 'second.json', 'loss'), '-0.5');
    assert.equal(of('dllogger_metric_step', 'second.json', 'loss'), '3.0');
    const time = 'dllogger_last_record_timestamp_seconds';
    assert.equal(of(time, 'first.json'), `${BEGIN + 7}.0`);
    assert.equal(of('dllogger_records_total', 'second.json'), '2.0');
    assert.equal(of('dllogger_problems_total', 'first.json'), '0.0');
    assert.deepEqual([...new Set(samples.map(([type]) => type))].sort(), ['counter', 'gauge']);
    await server.end();
  });
});
