/** The dashboard's page: served live by `dllogger serve`, or saved with its data by `dllogger plot --html`. */
import { followAddress } from './address.js';
import { ChartGrid } from './chart-grid.js';
import { element } from './dom.js';
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

document.body.append(
  toolbar(model),
  element(
    'div',
    { class: 'page' },
    new RunList(model).element,
    element('div', { class: 'content' }, grid.element, table.element),
  ),
);
source.connect(model);
