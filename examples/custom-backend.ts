/** A backend of your own beside ours: node out/examples/custom-backend.js [directory] */
import { join } from 'node:path';
import * as DLLogger from 'dllogger';
import {
  Backend,
  type Data,
  JSONStreamBackend,
  type Metadata,
  StdOutBackend,
  type Step,
  type Timestamp,
  Verbosity,
} from 'dllogger';

/** Remembers the best value of every metric whose metadata name a GOAL, and its step. */
class BestBackend extends Backend {
  readonly best = new Map<string, { readonly value: number; readonly step: Step }>();
  readonly #sign = new Map<string, 1 | -1>();

  override metadata(_at: Timestamp, _elapsed: number, metric: string, metadata: Metadata): void {
    if (metadata.GOAL === 'MAXIMIZE') this.#sign.set(metric, 1);
    if (metadata.GOAL === 'MINIMIZE') this.#sign.set(metric, -1);
  }

  override log(_at: Timestamp, _elapsed: number, step: Step, data: Data): void {
    for (const [metric, sign] of this.#sign) {
      const value = data[metric];
      if (typeof value !== 'number') continue;
      const best = this.best.get(metric);
      if (best === undefined || sign * value > sign * best.value) {
        this.best.set(metric, { value, step });
      }
    }
  }
}

const best = new BestBackend(Verbosity.VERBOSE);
const file = join(process.argv[2] ?? '.', 'custom-backend.log.json');
DLLogger.init([
  new StdOutBackend(Verbosity.DEFAULT),
  new JSONStreamBackend(Verbosity.VERBOSE, file),
  best,
]);
DLLogger.metadata('loss', { unit: '', format: ':.4f', GOAL: 'MINIMIZE' });

// Too much momentum: x runs past the minimum at 3 and comes back, so the last loss is not the best.
for (let step = 0, x = 0, velocity = 0; step < 12; step++) {
  DLLogger.log([step], { loss: (x - 3) ** 2, x });
  velocity = 0.9 * velocity - 0.2 * (x - 3);
  x += velocity;
}

for (const [metric, { value, step }] of best.best) {
  console.log(`best ${metric}: ${value.toFixed(4)} at step ${JSON.stringify(step)}`);
}
DLLogger.close();
