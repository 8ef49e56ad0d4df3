/** NDJSON: one object on each line. */
import { ObjectWriter } from './json.js';
import type { TableFormat } from './table.js';

export const ndjson: TableFormat = {
  isBinary: false,
  needsSurvey: () => false,
  open: (file, layout) =>
    new ObjectWriter(file, layout, { begin: '', between: '\n', end: '\n', none: '' }),
};
