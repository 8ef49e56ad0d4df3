import type { Model } from './model.js';
import { isPrinting } from './print.js';

const system = matchMedia('(prefers-color-scheme: dark)');

/** Whether the page is dark now: the person's choice, else the system's. */
export function isDark(): boolean {
  if (isPrinting()) return false;
  const { theme } = document.documentElement.dataset;
  return theme === 'dark' || (theme !== 'light' && system.matches);
}

/** Gives the page the colours of the model's theme; calls `onChange` when they changed. */
export function applyTheme(model: Model, onChange: () => void): void {
  const apply = () => {
    const { theme } = model.view;
    const root = document.documentElement;
    if (theme === root.dataset.theme) return;
    root.dataset.theme = theme;
    onChange();
  };
  apply();
  model.onChange((change) => {
    if (change === 'view') apply();
  });
  system.addEventListener('change', onChange);
}
