/** What of hyparquet-writer is used. When the package is packed, the library's code takes this file's place. */
export type { ColumnSource, SchemaElement } from 'hyparquet-writer';
export { ByteWriter, ParquetWriter } from 'hyparquet-writer';
