/** How a value of a log reads, wherever it is shown by itself: in `summary`, `compare` and the runs table. */
import { ValuePath } from '../base/value-path.js';
import { formatField } from '../python/format.js';
import type { JsonObject, JsonValue } from '../reader/types.js';

/** A metric's value in the metadata's format; undefined when no format is given, or the format does not fit. */
export function formattedText(
  metric: string,
  metadata: JsonObject | undefined,
  value: JsonValue,
): string | undefined {
  const format =
    metadata !== undefined && Object.hasOwn(metadata, 'format') ? metadata.format : undefined;
  if (typeof format !== 'string' || value === null) return undefined;
  try {
    return formatField(format, value, new ValuePath('metric', metric)).trim();
  } catch {
    // The value does not fit the format: the caller shows it without.
    return undefined;
  }
}
