import type uPlot from 'uplot';

/** A swipe shorter than this, in pixels, is a tap. */
const LEAST = 16;
/** Two fingers nearer to each other along an axis than this, in pixels, do not zoom along it. */
const LEAST_APART = 40;

interface Zooms {
  zoom(from: number, to: number): void;
  zoomValues(from: number, to: number): void;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** One finger that swipes sideways selects a range; two fingers zoom along each axis on which they lie apart. */
export function zoomByTouch(chart: uPlot, zooms: Zooms): void {
  const { over } = chart;
  /** Each finger's first and current position. */
  const fingers = new Map<number, { readonly start: Point; now: Point }>();
  const select = (from: number, to: number) =>
    chart.setSelect(
      { left: Math.min(from, to), width: Math.abs(to - from), top: 0, height: over.clientHeight },
      false,
    );
  const place = (event: PointerEvent): Point => {
    const { left, top, width, height } = over.getBoundingClientRect();
    const within = (value: number, most: number) => Math.min(Math.max(value, 0), most);
    return { x: within(event.clientX - left, width), y: within(event.clientY - top, height) };
  };
  const end = () => {
    fingers.clear();
    select(0, 0);
  };
  over.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'touch') return;
    const at = place(event);
    fingers.set(event.pointerId, { start: at, now: at });
    if (fingers.size > 1) select(0, 0);
  });
  over.addEventListener('pointermove', (event) => {
    const finger = fingers.get(event.pointerId);
    if (finger === undefined) return;
    finger.now = place(event);
    if (fingers.size === 1) select(finger.start.x, finger.now.x);
  });
  over.addEventListener('pointerup', (event) => {
    const finger = fingers.get(event.pointerId);
    if (finger === undefined) return;
    const [first, second] = [...fingers.values()];
    end();
    if (first !== undefined && second !== undefined) {
      pinch(chart, [first.start, second.start], [first.now, second.now], zooms);
      return;
    }
    const [from, to] = [finger.start.x, place(event).x];
    if (Math.abs(to - from) < LEAST) return;
    zooms.zoom(chart.posToVal(Math.min(from, to), 'x'), chart.posToVal(Math.max(from, to), 'x'));
  });
  // The browser scrolls the page instead: the gesture was no swipe.
  over.addEventListener('pointercancel', end);
}

/** Zooms so that the values under the fingers stay under them. */
function pinch(
  chart: uPlot,
  before: readonly [Point, Point],
  after: readonly [Point, Point],
  zooms: Zooms,
): void {
  const { width, height } = chart.over.getBoundingClientRect();
  const x = stretched(before[0].x, before[1].x, after[0].x, after[1].x, width);
  if (x !== undefined) zooms.zoom(chart.posToVal(x[0], 'x'), chart.posToVal(x[1], 'x'));
  const y = stretched(before[0].y, before[1].y, after[0].y, after[1].y, height);
  if (y !== undefined) zooms.zoomValues(chart.posToVal(y[1], 'y'), chart.posToVal(y[0], 'y'));
}

/** The pixels that come to fill an axis from 0 to `size`; undefined if the axis does not change. */
function stretched(
  from: number,
  to: number,
  newFrom: number,
  newTo: number,
  size: number,
): readonly [number, number] | undefined {
  const [apart, newApart] = [to - from, newTo - newFrom];
  if (Math.min(Math.abs(apart), Math.abs(newApart)) < LEAST_APART / 2) return undefined;
  if (Math.max(Math.abs(apart), Math.abs(newApart)) < LEAST_APART || apart * newApart <= 0) {
    return undefined;
  }
  const at = (pixel: number) => from + ((pixel - newFrom) * apart) / newApart;
  return [at(0), at(size)];
}
