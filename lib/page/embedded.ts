import { type SavedPage, SavedRun } from '../plot/saved.js';
import { answer, type ChartAnswer, type Query } from '../runs/query.js';
import type { Model } from './model.js';
import type { Source } from './source.js';

/** The data saved in the page; undefined where a server provides them. */
export function readEmbedded(): SavedPage | undefined {
  const text = document.getElementById('data')?.textContent;
  return text ? (JSON.parse(text) as SavedPage) : undefined;
}

/** Answers queries from the page's own data, as the server would. */
export class EmbeddedSource implements Source {
  readonly #page: SavedPage;
  readonly #runs = new Map<number, SavedRun>();

  constructor(page: SavedPage) {
    this.#page = page;
    for (const [i, { id }] of page.update.runs.entries()) {
      this.#runs.set(id, new SavedRun(page.series[i] ?? []));
    }
  }

  connect(model: Model): void {
    model.setConnection('embedded');
    model.smoothings = this.#page.smoothings;
    model.show({ smoothing: model.view.smoothing });
    model.update(this.#page.update, true);
  }

  query(query: Query): Promise<readonly ChartAnswer[]> {
    return Promise.resolve(this.queryNow(query));
  }

  queryNow(query: Query): readonly ChartAnswer[] {
    return [...answer(query, (run) => this.#runs.get(run))];
  }
}
