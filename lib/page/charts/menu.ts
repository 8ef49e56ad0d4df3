import type { ChartCard } from '../chart-card.js';
import { button, element } from '../dom.js';
import type { Model } from '../model.js';
import type { Source } from '../source.js';
import { saveCsv, savePng, saveSvg } from './download.js';
import { apart, baseOf, chartId } from './plan.js';

/** The menu of one chart, behind a button with three dots. */
export function chartMenu(model: Model, source: Source, card: ChartCard): HTMLElement {
  const { id, metrics } = card.plan;
  const body = element('div', { class: 'menu' });
  const made = element(
    'details',
    { class: 'more-tools' },
    element(
      'summary',
      { class: 'tool', 'aria-label': `More for ${id}`, title: `More for ${id}` },
      '⋯',
    ),
    body,
  );
  const close = () => {
    made.open = false;
  };
  const act = (label: string, run: () => void) =>
    button({ class: 'item' }, label, () => {
      close();
      run();
    });
  made.addEventListener('toggle', () => {
    if (!made.open) return;
    const isOther = model.view.otherScale.has(id);
    const isLog = model.view.logarithmic !== isOther;
    const parts = [
      act(isLog ? 'Linear y axis' : 'Logarithmic y axis', () => {
        const otherScale = new Set(model.view.otherScale);
        if (!otherScale.delete(id)) otherScale.add(id);
        model.show({ otherScale });
      }),
      metrics.length > 1
        ? act('Draw apart', () => {
            model.show({ combined: apart(model.view.combined, metrics) });
          })
        : undefined,
      partners(model, metrics, close),
      act('Save as PNG', () => savePng(card, model)),
      act('Save as SVG', () => saveSvg(card, model)),
      act('Save as CSV', () => void saveCsv(card, model, source)),
    ];
    body.replaceChildren(...parts.filter((part) => part !== undefined));
  });
  made.addEventListener('focusout', ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node && made.contains(relatedTarget))) close();
  });
  made.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !made.open) return;
    event.stopPropagation();
    close();
    made.querySelector('summary')?.focus();
  });
  return made;
}

/** A choice of metrics to draw in the same chart; names with the same last part come first. */
function partners(model: Model, metrics: readonly string[], close: () => void): HTMLElement {
  const [metric = ''] = metrics;
  const others = model.allMetrics.filter((name) => !metrics.includes(name));
  const isKin = (name: string) => baseOf(name) === baseOf(metric);
  const sorted = [...others.filter(isKin), ...others.filter((name) => !isKin(name))];
  const select = element(
    'select',
    { class: 'item', 'aria-label': `Draw ${metric} together with` },
    element('option', { value: '' }, 'Draw together with…'),
    ...sorted.map((name) => element('option', { value: name }, name)),
  );
  select.addEventListener('change', () => {
    if (select.value === '') return;
    close();
    const together = [...metrics, select.value];
    const id = chartId(together);
    // A pinned chart stays on top with the metrics that join it.
    const isPinned = model.view.pinned.has(chartId(metrics));
    model.show({
      combined: apart(model.view.combined, together).add(id),
      ...(isPinned && { pinned: new Set([...model.view.pinned, id]) }),
    });
  });
  return select;
}
