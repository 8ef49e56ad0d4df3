/** What is being measured, on one line that changes in place where somebody sees it. */
import { labelOf } from './driver.js';
import type { Trial } from './run.js';

/** Without arguments, clears the line. */
export function progress(done?: number, all?: number, trial?: Trial): void {
  if (!process.stderr.isTTY) return;
  const what = [trial?.case, trial?.row, trial && labelOf(trial.driver)].filter(Boolean).join(', ');
  const text = trial === undefined ? '' : `${done} of ${all}: ${what}`;
  process.stderr.write(`\r\x1b[K${text.slice(0, process.stderr.columns - 1)}`);
}
