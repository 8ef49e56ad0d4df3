import type { LineStyle } from '../plot/palette.js';

const SVG = 'http://www.w3.org/2000/svg';

/** A sample of a line, as the charts draw it. */
export function lineSwatch({ dash, light, dark }: LineStyle): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'swatch');
  svg.setAttribute('viewBox', '0 0 22 10');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', 'M1 5h20');
  line.setAttribute('stroke-dasharray', dash.join(' '));
  // The style sheet chooses one of the two colours.
  svg.style.setProperty('--light', light);
  svg.style.setProperty('--dark', dark);
  svg.append(line);
  return svg;
}
