import { putInOrder } from './dom.js';

/** Rows kept ready above and below the rows in view. */
const READY = 6;

/**
 * The rows of a box that scrolls. The page holds only those in or near the view; spacers stand for the others. All
 * rows have the same height.
 */
export class RowWindow {
  readonly #parent: HTMLElement;
  readonly #above: HTMLElement;
  readonly #below: HTMLElement;

  /** @param makeSpacer Makes the element that stands for rows above or below. */
  constructor(parent: HTMLElement, makeSpacer: () => HTMLElement) {
    this.#parent = parent;
    [this.#above, this.#below] = [makeSpacer(), makeSpacer()];
  }

  get spacers(): readonly HTMLElement[] {
    return [this.#above, this.#below];
  }

  /** Shows the rows from `from` on, of `count` rows in all. */
  put(rows: readonly HTMLElement[], from: number, count: number, rowHeight: number): void {
    const above = spaced(this.#above, from * rowHeight);
    const below = spaced(this.#below, (count - from - rows.length) * rowHeight);
    putInOrder(
      this.#parent,
      [...above, ...rows, ...below].map((element) => ({ element })),
    );
  }
}

/**
 * The rows in view, as a range of indices.
 *
 * @param room Height of the box, in pixels, or more.
 * @param isReady Whether the rows near the view belong to the range.
 */
export function rowsInView(
  count: number,
  { top, room, rowHeight }: { top: number; room: number; rowHeight: number },
  isReady: boolean,
): readonly [from: number, to: number] {
  const ready = isReady ? READY : 0;
  // A list that has become shorter is scrolled back by the browser, but later.
  const start = Math.max(0, Math.min(top, count * rowHeight - room));
  return [
    Math.max(0, Math.floor(start / rowHeight) - ready),
    Math.min(count, Math.ceil((start + room) / rowHeight) + ready),
  ];
}

/** A spacer of this height; none where there is nothing to stand for. */
function spaced(spacer: HTMLElement, height: number): HTMLElement[] {
  spacer.style.height = `${height}px`;
  return height > 0 ? [spacer] : [];
}
