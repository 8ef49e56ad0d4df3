/** Shows what is being measured, on one line of a terminal that is rewritten in place. */
import { showStatus } from '../base/status-line.js';
import { labelOf } from './driver.js';
import type { Trial } from './run.js';

/** Without arguments, clears the line. */
export function progress(done?: number, all?: number, trial?: Trial): void {
  const what = [trial?.case, trial?.row, trial && labelOf(trial.driver)].filter(Boolean).join(', ');
  showStatus(trial === undefined ? '' : `${done} of ${all}: ${what}`);
}
