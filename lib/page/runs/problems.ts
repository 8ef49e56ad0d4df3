import type { RunInfo } from '../../plot/protocol.js';
import { formatCount } from '../../runs/format.js';
import { element } from '../dom.js';
import { openBeside } from '../table/floating.js';

/** Opens the list of lines in a run's log that are not records: their place, and the reason. */
export function openProblems(anchor: Element, { name, problems, faults }: RunInfo): void {
  const rest = problems - faults.length;
  const rows = faults.map(({ line, message }) =>
    element(
      'tr',
      {},
      element('td', {}, line > 0 ? `line ${formatCount(line)}` : 'the file'),
      element('td', {}, message),
    ),
  );
  openBeside(
    anchor,
    `Problems of ${name}`,
    element('h3', {}, `${formatCount(problems)} ${problems === 1 ? 'problem' : 'problems'}`),
    element('table', { class: 'faults' }, element('tbody', {}, ...rows)),
    ...(rest > 0 ? [element('p', {}, `and ${formatCount(rest)} more`)] : []),
  );
}
