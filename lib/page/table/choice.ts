/** The chosen runs: the list at the side, the charts and the table share one selection. */
import type { RunInfo } from '../../plot/protocol.js';
import type { Model } from '../model.js';
import { isShown, only, withRuns } from '../selection.js';

export function isChosen({ view }: Model, { name }: RunInfo): boolean {
  return isShown(view.runs, name);
}

/** Adds some runs to the choice or removes them from it. */
export function choose(model: Model, runs: readonly RunInfo[], isWanted: boolean): void {
  model.show({ runs: withRuns(model.view.runs, namesOf(runs), isWanted) });
}

/** Chooses these runs and no others. */
export function chooseOnly(model: Model, runs: readonly RunInfo[]): void {
  model.show({ runs: only(namesOf(runs)) });
}

function namesOf(runs: readonly RunInfo[]): string[] {
  return runs.map(({ name }) => name);
}
