import type uPlot from 'uplot';

/** Pixels that an arrow key moves the cursor, alone and with Shift. */
const NUDGE = 4;
const SHIFT_NUDGE = 40;

interface Zoomed {
  zoom(from: number, to: number): void;
  zoomValues(range: readonly [number, number] | undefined): void;
  toggleSize(): void;
}

/** Handles keys on a chart: arrows move the cursor, plus and minus zoom along x, Shift with up and down along y. */
export function onChartKey(event: KeyboardEvent, chart: uPlot, card: Zoomed): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { width, height } = chart.over.getBoundingClientRect();
  const nudge = event.shiftKey ? SHIFT_NUDGE : NUDGE;
  const left = (chart.cursor.left ?? -1) < 0 ? width / 2 : (chart.cursor.left ?? 0);
  const move = (to: number) => {
    const inside = Math.min(Math.max(to, 0), width);
    chart.setCursor({ left: inside, top: height / 2 });
  };
  const zoom = (factor: number) => {
    const around = (at: number) => left + (at - left) * factor;
    card.zoom(chart.posToVal(around(0), 'x'), chart.posToVal(around(width), 'x'));
  };
  const zoomValues = (factor: number) => {
    const around = (at: number) => height / 2 + (at - height / 2) * factor;
    card.zoomValues([chart.posToVal(around(height), 'y'), chart.posToVal(around(0), 'y')]);
  };
  const keys: Record<string, () => void> = {
    ArrowLeft: () => move(left - nudge),
    ArrowRight: () => move(left + nudge),
    Home: () => move(0),
    End: () => move(width),
    '+': () => zoom(0.5),
    '=': () => zoom(0.5),
    '-': () => zoom(2),
    Enter: () => card.toggleSize(),
    // Without Shift these keys scroll the page.
    ShiftArrowUp: () => zoomValues(0.5),
    ShiftArrowDown: () => zoomValues(2),
  };
  const shifted = `Shift${event.key}`;
  const name = event.shiftKey && Object.hasOwn(keys, shifted) ? shifted : event.key;
  const act = Object.hasOwn(keys, name) ? keys[name] : undefined;
  if (act === undefined) return;
  event.preventDefault();
  act();
}
