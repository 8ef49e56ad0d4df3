/** The person's choices about the table, as written in the page's address. */
import type { Goal } from '../../runs/goal.js';
import type { ViewKey } from '../view-keys.js';

/** Which values are best, by metric, where the person said so. */
export const goals: ViewKey<ReadonlyMap<string, Goal>> = {
  initial: new Map(),
  write: (value) => Array.from(value, ([metric, goal]) => `${goal}~${metric}`),
  read: (texts) => {
    const found = new Map<string, Goal>();
    for (const text of texts) {
      const goal = (['min', 'max'] as const).find((one) => text.startsWith(`${one}~`));
      if (goal !== undefined) found.set(text.slice(goal.length + 1), goal);
    }
    return found;
  },
};
