/** The overview as bars, on a scale that shows a hundredfold difference: an SVG for light and dark pages. */
import { format } from '#dist/bench/table.js';

/** A logger in the overview; times in nanoseconds per record. */
export interface Bar {
  readonly name: string;
  readonly log: number;
  readonly wall: number;
  readonly cpu: number;
  /** Number of 10,000 records that were lost, for each kind of end. */
  readonly lost: readonly (number | undefined)[];
}

const LEFT = 220;
const WIDTH = 820;
const BAR = 11;
const ROW = 46;
const TOP = 64;

const SERIES = [
  { key: 'log', label: 'log() on the calling thread', colour: '#76b900' },
  { key: 'wall', label: 'end to end', colour: '#2f81f7' },
  { key: 'cpu', label: 'CPU of all threads', colour: '#8b949e' },
] as const;

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export function chart(bars: readonly Bar[], caption: string): string {
  const values = bars.flatMap((bar) => SERIES.map(({ key }) => bar[key]));
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)));
  const x = (value: number): number =>
    LEFT + ((Math.log10(value) - low) / (high - low)) * (WIDTH - LEFT - 60);
  const bottom = TOP + bars.length * ROW;
  const height = bottom + 44;

  const legend = SERIES.map(
    ({ label, colour }, i) =>
      `<rect x="${LEFT + i * 205}" y="14" width="10" height="10" fill="${colour}"/>` +
      `<text x="${LEFT + 15 + i * 205}" y="23">${xml(label)}</text>`,
  );
  const grid = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)).map(
    (value) =>
      `<line class="grid" x1="${x(value)}" x2="${x(value)}" y1="${TOP - 10}" y2="${bottom}"/>` +
      `<text class="quiet" x="${x(value)}" y="${TOP - 16}" text-anchor="middle">${tick(value)}</text>`,
  );
  const rows = bars.map((bar, i) => {
    const y = TOP + i * ROW;
    const name = `<text x="${LEFT - 10}" y="${y + 22}" text-anchor="end"${
      i === 0 ? ' font-weight="bold"' : ''
    }>${xml(bar.name)}</text>`;
    const lines = SERIES.map(({ key, colour }, j) => {
      const end = x(bar[key]);
      const top = y + j * (BAR + 1);
      return (
        `<rect x="${LEFT}" y="${top}" width="${(end - LEFT).toFixed(1)}" height="${BAR}" fill="${colour}"/>` +
        `<text class="value" x="${(end + 4).toFixed(1)}" y="${top + 9}">${format(bar[key])}</text>`
      );
    });
    return name + lines.join('');
  });

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Nanoseconds a record, by logger">
<style>
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.value { font-size: 10px; }
.quiet { fill: #656d76; font-size: 11px; }
.grid { stroke: #8b949e; stroke-opacity: 0.3; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .quiet { fill: #8b949e; } }
</style>
${[...legend, ...grid, ...rows].join('\n')}
<text class="quiet" x="${LEFT}" y="${bottom + 16}">nanoseconds a record, logarithmic; shorter is better</text>
<text class="quiet" x="10" y="${bottom + 34}">${xml(caption)}</text>
</svg>
`;
}

function tick(value: number): string {
  return value >= 1000 ? `${format(value / 1000)} µs` : `${format(value)} ns`;
}
