/** The colours of runs are distinguishable, also with colour blindness, on both backgrounds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineStyle } from '#dist/plot/palette.js';

type Triple = readonly [number, number, number];

const COLORS = 8;
const BACKGROUNDS = { light: '#ffffff', dark: '#191f24' } as const;

/** How eyes that lack a kind of cone see linear RGB: the matrices of Machado, Oliveira, Fernandes (2009). */
const EYES: Readonly<Record<string, readonly [Triple, Triple, Triple]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function map(triple: Triple, change: (value: number) => number): Triple {
  return [change(triple[0]), change(triple[1]), change(triple[2])];
}

function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function linear(color: string): Triple {
  const part = (at: number) => Number.parseInt(color.slice(at, at + 2), 16) / 255;
  return map([part(1), part(3), part(5)], (value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
}

function contrast(a: string, b: string): number {
  const weights: Triple = [0.2126, 0.7152, 0.0722];
  const [dark = 0, bright = 0] = [dot(linear(a), weights), dot(linear(b), weights)].toSorted(
    (one, other) => one - other,
  );
  return (bright + 0.05) / (dark + 0.05);
}

/** CIE Lab: distances are as people see them, about 2 is just noticed. */
function lab(rgb: Triple): Triple {
  const root = (value: number) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116);
  const x = root(dot(rgb, [0.4124, 0.3576, 0.1805]) / 0.9505);
  const y = root(dot(rgb, [0.2126, 0.7152, 0.0722]));
  const z = root(dot(rgb, [0.0193, 0.1192, 0.9505]) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

for (const theme of ['light', 'dark'] as const) {
  const colors = Array.from({ length: COLORS }, (_, n) => lineStyle(n)[theme]);

  test(`every ${theme} colour stands out from its background`, () => {
    for (const color of colors) {
      const found = contrast(color, BACKGROUNDS[theme]);
      // What WCAG asks of graphics.
      assert.ok(found >= 3, `${color}: ${found.toFixed(1)}`);
    }
  });

  for (const [eye, [red, green, blue]] of Object.entries(EYES)) {
    test(`no two ${theme} colours look alike to eyes with ${eye}`, () => {
      const seen = colors.map((color) => {
        const rgb = linear(color);
        const shown: Triple = [dot(rgb, red), dot(rgb, green), dot(rgb, blue)];
        return lab(map(shown, (value) => Math.min(Math.max(value, 0), 1)));
      });
      for (const [i, a] of seen.entries()) {
        for (const [j, b] of seen.slice(0, i).entries()) {
          const distance = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
          assert.ok(distance > 12, `${colors[i]} and ${colors[j]}: ${distance.toFixed(1)}`);
        }
      }
    });
  }
}

test('runs beyond the colours have other dashes', () => {
  assert.deepEqual(lineStyle(0).dash, []);
  assert.equal(lineStyle(COLORS).light, lineStyle(0).light);
  assert.notDeepEqual(lineStyle(COLORS).dash, lineStyle(0).dash);
  assert.notDeepEqual(lineStyle(2 * COLORS).dash, lineStyle(COLORS).dash);
});
