/** The types used from hyparquet-writer. When the package is packed, the library's code takes this file's place. */
export type { ColumnSource, SchemaElement } from 'hyparquet-writer';
export { ByteWriter, ParquetWriter } from 'hyparquet-writer';
