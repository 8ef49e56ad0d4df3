/** The dashboard's page: served live by `dllogger serve`, or saved with its data by `dllogger plot --html`. */
import { followAddress } from './address.js';
import { ChartGrid } from './chart-grid.js';
import { element } from './dom.js';
import { skipLink } from './drawer.js';
import { EmbeddedSource, readEmbedded } from './embedded.js';
import { Model } from './model.js';
import { RunList } from './run-list.js';
import { LiveSource } from './source.js';
import { TablePage } from './table/table-page.js';
import { applyTheme } from './theme.js';
import { toolbar } from './toolbar.js';

const embedded = readEmbedded();
const model = new Model(embedded?.view ?? {});
const source = embedded === undefined ? new LiveSource() : new EmbeddedSource(embedded);

const grid = new ChartGrid(model, source);
const table = new TablePage(model);
followAddress(model);
applyTheme(model, () => grid.refresh());

// Each tab's content has a title for screen readers.
grid.element.prepend(element('h2', { class: 'spoken' }, 'Charts'));
table.element.prepend(element('h2', { class: 'spoken' }, 'Table'));

const show = () => {
  const { tab, filter } = model.view;
  grid.element.hidden = tab !== 'charts';
  table.element.hidden = tab !== 'table';
  document.title = [filter, model.watching, 'DLLogger'].filter((part) => part !== '').join(' · ');
};
show();
model.onChange(show);

document.addEventListener('keydown', (event) => {
  const { range, values } = model.view;
  if (event.key !== 'Escape' || (range === undefined && values.size === 0)) return;
  model.show({ range: undefined, values: new Map() });
});

const runs = new RunList(model).element;
const content = element(
  'div',
  { class: 'content', id: 'content', tabindex: -1 },
  ...[grid.element, table.element],
);
document.body.append(
  ...[skipLink(content), toolbar(model, runs)],
  element('div', { class: 'page' }, runs, content),
);
source.connect(model);
