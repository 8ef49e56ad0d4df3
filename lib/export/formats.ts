import { csv } from './csv.js';
import { json } from './json.js';
import { ndjson } from './ndjson.js';
import type { TableFormat } from './table.js';

/** What `--to` may name. */
export const FORMATS: Readonly<Record<string, TableFormat>> = { csv, json, ndjson };
