import type { TableFormat } from './table.js';

/** The formats that `--to` may name. Each format is a module, loaded on demand. */
export const FORMATS: Readonly<Record<string, () => Promise<TableFormat>>> = {
  csv: async () => (await import('./csv.js')).csv,
  json: async () => (await import('./json.js')).json,
  parquet: async () => (await import('./parquet.js')).parquet,
  ndjson: async () => (await import('./ndjson.js')).ndjson,
};
