import type uPlot from 'uplot';
import { isDrawable } from '../runs/extremes-index.js';
import { element } from './dom.js';
import type { Scales } from './path.js';
import type { Reading } from './pointer.js';
import { isDark } from './theme.js';

/** A dot on each line at the cursor: the point whose value the tooltip shows. */
export class Dots {
  readonly #dots: HTMLElement[] = [];

  show(chart: uPlot, { x, y, width, logarithmic }: Scales, readings: readonly Reading[]): void {
    let shown = 0;
    for (const { curve, x: at, value, hasEnded } of readings) {
      const left = x(at);
      const isInside = left >= 0 && left <= width;
      if (hasEnded || !isInside || !isDrawable(value, logarithmic)) continue;
      const dot = this.#dot(chart, shown++);
      dot.style.transform = `translate(${left}px, ${y(value)}px)`;
      const { dark, light } = curve.style;
      dot.style.background = isDark() ? dark : light;
      dot.hidden = false;
    }
    for (const dot of this.#dots.slice(shown)) dot.hidden = true;
  }

  clear(): void {
    for (const dot of this.#dots) dot.remove();
    this.#dots.length = 0;
  }

  #dot(chart: uPlot, at: number): HTMLElement {
    const dot = this.#dots[at] ?? element('i', { class: 'dot' });
    this.#dots[at] = dot;
    if (dot.parentElement !== chart.over) chart.over.append(dot);
    return dot;
  }
}
