/** The real TensorBoard, with both of its loaders, shows each point of a log as it was logged. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, noTools, PythonServer } from '../support/ecosystem.js';
import { BEGIN, forwardAll, line, logOf, longLog, metadataLine } from '../support/forward.js';
import { newPath } from '../support/log.js';

/** Wall time, step, value. */
type Point = readonly [number, number, number];

describe('TensorBoard', { skip: noTools }, async () => {
  if (noTools !== false) return;
  for (const loader of ['true', 'false']) {
    test(`shows every point with --load_fast=${loader}`, async () => {
      const first = logOf(
        line(0, 'PARAMETER', { lr: 0.1, model: 'mlp' }),
        metadataLine(0, 'loss', { unit: 'nat' }),
        ...Array.from({ length: 50 }, (_, i) => line(i, [0, i], { loss: 1 / (i + 1), ok: true })),
        line(50, [0], { loss: 0.1, note: 'a *note*' }),
        line(51, [], { loss: 0.0625 }),
      );
      const tensorboard = newPath();
      await forwardAll([first, longLog(3, 100)], { tensorboard });
      const run = readdirSync(tensorboard).sort()[0] ?? '';
      const port = await freePort();
      const server = await PythonServer.start(
        port,
        [
          ...['tensorboard.main', '--logdir', tensorboard, '--port', String(port)],
          ...['--host', '127.0.0.1', `--load_fast=${loader}`, '--reload_interval', '1'],
        ],
        '/data/environment',
      );
      const ask = async <T>(path: string, body?: object): Promise<T> => {
        const request = body && { method: 'POST', body: JSON.stringify(body) };
        const response = await fetch(`${server.url}/data/${path}`, {
          ...request,
          headers: { 'content-type': 'application/json' },
        });
        return (await response.json()) as T;
      };
      type Tags = Readonly<Record<string, Readonly<Record<string, { description: string }>>>>;
      const tagsWhenLoaded = async (): Promise<Tags> => {
        for (;;) {
          const tags = await ask<Tags>('plugin/scalars/tags');
          if (tags[`${run}/summary`] !== undefined) return tags;
          await sleep(100);
        }
      };
      const tags = await tagsWhenLoaded();
      assert.match(tags[run]?.loss?.description ?? '', /unit: nat/);
      const points = (name: string, tag: string) =>
        ask<Point[]>(`plugin/scalars/scalars?run=${encodeURIComponent(name)}&tag=${tag}`);
      assert.deepEqual(
        await points(run, 'loss'),
        Array.from({ length: 50 }, (_, i) => [BEGIN + i, i, Math.fround(1 / (i + 1))]),
      );
      assert.deepEqual(await points(`${run}/epoch`, 'loss'), [[BEGIN + 50, 49, Math.fround(0.1)]]);
      assert.deepEqual(await points(`${run}/summary`, 'loss'), [[BEGIN + 51, 49, 0.0625]]);
      const texts = await ask<Readonly<Record<string, readonly string[]>>>('plugin/text/tags');
      assert.ok(texts[run]?.includes('parameters'), JSON.stringify(texts));
      assert.ok(texts[`${run}/epoch`]?.includes('note'), JSON.stringify(texts));
      const { hparamInfos } = await ask<{ hparamInfos: readonly { name: string }[] }>(
        'plugin/hparams/experiment',
        { experimentName: '' },
      );
      assert.deepEqual(hparamInfos.map(({ name }) => name).sort(), ['lr', 'model']);
      await server.end();
    });
  }
});
