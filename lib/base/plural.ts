/** `1 record`, `2 records`; `1 record is`, `2 records are` where the plural is given. */
export function plural(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}
