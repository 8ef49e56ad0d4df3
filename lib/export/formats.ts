import type { TableFormat } from './table.js';

/** What `--to` may name. Each is a file of its own, loaded when it is asked for. */
export const FORMATS: Readonly<Record<string, () => Promise<TableFormat>>> = {
  csv: async () => (await import('./csv.js')).csv,
  json: async () => (await import('./json.js')).json,
  parquet: async () => (await import('./parquet.js')).parquet,
  ndjson: async () => (await import('./ndjson.js')).ndjson,
};
