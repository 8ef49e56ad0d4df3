/** The words for the state of a run. */
import type { RunInfo } from '../../plot/protocol.js';

/** The words for a run's state: whether it runs or how it ended, and whether it diverged. */
export function stateWords({ state, fate, diverged, records }: RunInfo): string[] {
  const words: string[] = [];
  if (state === 'failed') words.push('unreadable');
  else if (state === 'waiting') words.push('waiting');
  else if (state === 'gone') words.push('removed');
  else if (state === 'reading') words.push('reading');
  else if (records > 0) words.push(fate);
  if (diverged.length > 0) words.push('diverged');
  return words;
}
