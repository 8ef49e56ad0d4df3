import { decodeCharts, PAGE_HEADER, type Update } from '../plot/protocol.js';
import type { ChartAnswer, Query } from '../runs/query.js';
import type { Model } from './model.js';

/** Provides the page's data. */
export interface Source {
  /** Keeps the model up to date. */
  connect(model: Model): void;
  query(query: Query): Promise<readonly ChartAnswer[]>;
  /** `query` without a promise, for printing: the browser waits for no promise then. */
  queryNow(query: Query): readonly ChartAnswer[];
}

/** Milliseconds until a server that refused is asked again. */
const RETRY_MS = 2000;

/** The server: it pushes changes, and answers queries for the points of the charts in view. */
export class LiveSource implements Source {
  #events: EventSource | undefined;

  connect(model: Model): void {
    this.#listen(model);
    // A browser allows few connections to one server; a hidden tab needs none.
    document.addEventListener('visibilitychange', () => {
      this.#events?.close();
      if (!document.hidden) this.#listen(model);
    });
  }

  #listen(model: Model): void {
    const events = new EventSource('events');
    this.#events = events;
    const take = (event: MessageEvent<string>, anew: boolean) => {
      model.setConnection('connected');
      model.update(JSON.parse(event.data) as Update, anew);
    };
    events.addEventListener('snapshot', (event) => take(event, true));
    events.addEventListener('update', (event) => take(event, false));
    events.addEventListener('error', () => {
      model.setConnection('lost');
      // The browser reconnects by itself, but not after an error response.
      if (events.readyState === EventSource.CLOSED) {
        setTimeout(() => this.#events === events && this.#listen(model), RETRY_MS);
      }
    });
  }

  async query(query: Query): Promise<readonly ChartAnswer[]> {
    const response = await fetch('series', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', [PAGE_HEADER]: '1' },
      body: JSON.stringify(query),
    });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return decodeCharts(await response.arrayBuffer());
  }

  queryNow(query: Query): readonly ChartAnswer[] {
    const request = new XMLHttpRequest();
    request.open('POST', 'series', false);
    request.setRequestHeader('Content-Type', 'application/json');
    // A blocking request cannot return bytes; this charset makes each character one byte.
    request.overrideMimeType('text/plain; charset=x-user-defined');
    request.send(JSON.stringify(query));
    if (request.status !== 200) throw new Error(`${request.status}: ${request.responseText}`);
    const text = request.responseText;
    const bytes = Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i) & 0xff);
    return decodeCharts(bytes.buffer);
  }
}
