import type uPlot from 'uplot';

/** A swipe shorter than this, in pixels, is a tap. */
const LEAST = 16;

/** Zooms where a finger is swiped sideways over a chart; up and down it scrolls the page. */
export function zoomBySwipe(chart: uPlot, onZoom: (from: number, to: number) => void): void {
  const { over } = chart;
  let start: number | undefined;
  const select = (from: number, to: number) =>
    chart.setSelect(
      { left: Math.min(from, to), width: Math.abs(to - from), top: 0, height: over.clientHeight },
      false,
    );
  const place = (event: PointerEvent) => {
    const { left, width } = over.getBoundingClientRect();
    return Math.min(Math.max(event.clientX - left, 0), width);
  };
  const end = () => {
    start = undefined;
    select(0, 0);
  };
  over.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'touch' && event.isPrimary) start = place(event);
  });
  over.addEventListener('pointermove', (event) => {
    if (start !== undefined && event.isPrimary) select(start, place(event));
  });
  over.addEventListener('pointerup', (event) => {
    if (start === undefined || !event.isPrimary) return;
    const [from, to] = [start, place(event)];
    end();
    if (Math.abs(to - from) < LEAST) return;
    onZoom(chart.posToVal(Math.min(from, to), 'x'), chart.posToVal(Math.max(from, to), 'x'));
  });
  // The page scrolls: it was no swipe.
  over.addEventListener('pointercancel', end);
}
