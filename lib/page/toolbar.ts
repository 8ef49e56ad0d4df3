import { AXES, AXIS_TITLES } from '../runs/axis.js';
import { formatPlace } from '../runs/format.js';
import { button, element, icon } from './dom.js';
import { drawerButton } from './drawer.js';
import type { Model } from './model.js';
import { MAX_SMOOTHING, TABS, THEMES, type Theme } from './view.js';

const THEME_ICONS: Readonly<Record<Theme, string>> = {
  system: 'M2 3h12v8H2zM5.5 14h5M8 11v3',
  light:
    'M8 5a3 3 0 1 0 0 6a3 3 0 1 0 0-6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  dark: 'M13 9.5A5.5 5.5 0 1 1 6.5 3A4.5 4.5 0 0 0 13 9.5z',
};

const CONNECTIONS = {
  connecting: 'connecting',
  connected: 'connected',
  lost: 'offline, trying again',
  embedded: 'saved page',
} as const;

/** The line at the top: the watched folder or logs, and the choices of the view. */
export function toolbar(model: Model, runs: HTMLElement): HTMLElement {
  const options = forCharts(model, [filter, axis, smoothing, switches]);
  const optionsButton = drawerButton('options', 'View', options);
  listen(model, () => {
    optionsButton.hidden = options.hidden;
  });
  const made = element(
    'header',
    { class: 'toolbar' },
    element('h1', {}, 'DLLogger'),
    drawerButton('runs', 'Runs', runs),
    tabs(model),
    optionsButton,
    connection(model),
    element('span', { class: 'space' }),
    zoom(model),
    options,
    theme(model),
  );
  // What stays in place while the page scrolls starts below the toolbar, which wraps where room lacks.
  new ResizeObserver(() => {
    document.documentElement.style.setProperty('--toolbar', `${made.offsetHeight}px`);
  }).observe(made);
  return made;
}

/** Controls of charts, shown only on the tab with charts. */
function forCharts(model: Model, parts: readonly ((model: Model) => HTMLElement)[]): HTMLElement {
  const made = element('div', { class: 'options' }, ...parts.map((part) => part(model)));
  listen(model, () => {
    made.hidden = model.view.tab !== 'charts';
  });
  return made;
}

function tabs(model: Model): HTMLElement {
  const buttons = TABS.map((tab) =>
    button({ class: 'tab' }, tab === 'charts' ? 'Charts' : 'Table', () => model.show({ tab })),
  );
  const update = () => {
    for (const [i, one] of buttons.entries()) {
      one.setAttribute('aria-pressed', String(TABS[i] === model.view.tab));
    }
  };
  listen(model, update);
  return element('nav', { class: 'segments', 'aria-label': 'What to show' }, ...buttons);
}

function connection(model: Model): HTMLElement {
  const text = element('span', {});
  const made = element('p', { class: 'connection', role: 'status' }, element('i', {}), text);
  listen(model, () => {
    made.dataset.state = model.connection;
    text.textContent = CONNECTIONS[model.connection];
    made.title = model.watching;
  });
  return made;
}

function zoom(model: Model): HTMLElement {
  // The stretch in the button's text is its name; the title describes the button.
  const attributes = { title: 'Show everything again (Escape)', 'aria-label': undefined };
  const made = button({ class: 'zoom', ...attributes }, '', () => model.show({ range: undefined }));
  listen(model, () => {
    const { axis, range, tab } = model.view;
    made.hidden = range === undefined || tab !== 'charts';
    if (range === undefined) return;
    const [from, to] = range.map((x) => formatPlace(axis, axis === 'step' ? Math.round(x) : x));
    made.textContent = `${AXIS_TITLES[axis]} ${from} – ${to}  ×`;
  });
  return made;
}

function filter(model: Model): HTMLElement {
  const input = element('input', {
    type: 'search',
    placeholder: 'Filter metrics  /',
    'aria-label': 'Filter metrics by name',
    value: model.view.filter,
  });
  input.addEventListener('input', () => model.show({ filter: input.value }));
  listen(model, () => {
    model.metricSearch.of(model.view.filter);
    const { fault } = model.metricSearch;
    input.setAttribute('aria-invalid', String(fault !== ''));
    input.title = fault === '' ? PATTERNS : fault;
    if (input.value !== model.view.filter) input.value = model.view.filter;
  });
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    input.focus();
  });
  return input;
}

function axis(model: Model): HTMLElement {
  const buttons = AXES.map((one) =>
    button({ title: `x axis: ${AXIS_TITLES[one]}` }, one === 'elapsed' ? 'elapsed' : one, () =>
      model.show({ axis: one }),
    ),
  );
  listen(model, () => {
    for (const [i, one] of buttons.entries()) {
      one.setAttribute('aria-pressed', String(AXES[i] === model.view.axis));
    }
  });
  return element('div', { class: 'segments', role: 'group', 'aria-label': 'x axis' }, ...buttons);
}

function smoothing(model: Model): HTMLElement {
  const slider = element('input', { type: 'range', min: 0, max: MAX_SMOOTHING, step: 0.01 });
  const shown = element('output', {});
  slider.addEventListener('input', () => model.show({ smoothing: Number(slider.value) }));
  listen(model, () => {
    slider.value = String(model.view.smoothing);
    shown.textContent = model.view.smoothing.toFixed(2);
  });
  return element('label', { class: 'smoothing' }, 'Smooth', slider, shown);
}

/** The switches that apply to all charts. */
function switches(model: Model): HTMLElement {
  const toggle = (label: string, title: string, isOn: () => boolean, act: () => void) => {
    const made = button({ title, 'aria-label': `${label}: ${title.toLowerCase()}` }, label, act);
    listen(model, () => made.setAttribute('aria-pressed', String(isOn())));
    return made;
  };
  return element(
    'div',
    { class: 'segments', role: 'group', 'aria-label': 'Axes of all charts' },
    toggle(
      ...(['log', 'Logarithmic y axis'] as const),
      () => model.view.logarithmic,
      () => model.show({ logarithmic: !model.view.logarithmic, otherScale: new Set() }),
    ),
    toggle(
      ...(['clip', 'Leave outliers out of the y axis'] as const),
      () => model.view.clip,
      () => model.show({ clip: !model.view.clip }),
    ),
    toggle(
      ...(['align', 'The same x range in all charts'] as const),
      () => !model.view.ownRange,
      () => model.show({ ownRange: !model.view.ownRange }),
    ),
  );
}

function theme(model: Model): HTMLElement {
  const made = button({ class: 'theme' }, '', () => {
    const next = THEMES[(THEMES.indexOf(model.view.theme) + 1) % THEMES.length] ?? 'system';
    model.show({ theme: next });
  });
  listen(model, () => {
    const { theme } = model.view;
    const title = `Colours: ${theme === 'system' ? 'as the system has them' : theme}`;
    made.title = title;
    made.setAttribute('aria-label', title);
    made.replaceChildren(icon(THEME_ICONS[theme]));
  });
  return made;
}

const PATTERNS = 'words, val*loss, ^val, -grad; a comma between alternatives';

/** Calls `update` now and after each change. */
function listen(model: Model, update: () => void): void {
  update();
  model.onChange(update);
}
