import { Backend, TAKES_FLOATS } from './backend.js';
import { checkOptions, describe } from './base/describe.js';
import { DLLoggerError } from './base/errors.js';
import { printable } from './base/escape.js';
import { ValuePath } from './base/value-path.js';
import { stepStr, str } from './python/repr.js';
import { Float, floatMetrics } from './record/float.js';
import { withFloats } from './record/plain-numbers.js';
import type { Timestamp } from './record/timestamp.js';
import type { Data, Metadata, MetricValue, PlainStep, Step } from './record/types.js';
import { forEachEntry, resolveMetadata, resolveNamed } from './record/value.js';
import type { LogStats } from './sink/stats.js';
import { print, stdoutError } from './sink/stdout.js';
import { formatted } from './text.js';

/**
 * A step as Python's `str()` prints it: `(0, 5)`, `(3,)`, `()`, `PARAMETER`.
 * Python: `default_step_format`.
 */
export function defaultStepFormat(step: Step): string {
  return stepStr(step);
}

/**
 * A metric as `loss : 130.5 nat`. The value is formatted by the metadata's `format`, the inside of
 * a Python replacement field such as `':.3f'`, and followed by its `unit`.
 * Python: `default_metric_format`.
 *
 * @throws DLLoggerError with code `ERR_DLLOGGER_FORMAT` when the format does not fit the value, as
 *   Python does.
 * @throws TypeError when the value cannot be logged, or the format is not a string.
 */
export function defaultMetricFormat(
  metric: string,
  metadata: Metadata,
  value: MetricValue,
): string {
  return metricText(metric, metadata, valueText(metric, metadata, value));
}

/** `DLL 2026-11-22 23:47:31.672064 - `, in local time. Python: `default_prefix_format`. */
export function defaultPrefixFormat(timestamp: Timestamp): string {
  return `DLL ${timestamp} - `;
}

function metricText(metric: string, metadata: Metadata, value: string): string {
  const unit =
    metadata.unit === undefined ? '' : str(metadata.unit, new ValuePath('unit of', metric));
  return `${metric} : ${value} ${unit}`;
}

function valueText(metric: string, metadata: Metadata, value: MetricValue): string {
  const place = new ValuePath('metric', metric);
  const format: unknown = metadata.format;
  if (value === null || value === undefined) return 'None';
  if (format === undefined) return str(value, place);
  return formatted(`metric ${JSON.stringify(metric)}`, value, format, place);
}

function plainStep(step: Step): PlainStep {
  return typeof step === 'string' || Array.isArray(step) ? step : stepStr(step);
}

/** Options of a `StdOutBackend`: replacements for its formatters, and more. */
export interface StdOutBackendOptions {
  /** The text of a step. Default: `defaultStepFormat`. */
  readonly stepFormat?: ((step: PlainStep) => string) | undefined;
  /** The text of a metric. Default: `defaultMetricFormat`. */
  readonly metricFormat?:
    | ((metric: string, metadata: Metadata, value: MetricValue) => string)
    | undefined;
  /** The text before the step. Default: `defaultPrefixFormat`. */
  readonly prefixFormat?: ((timestamp: Timestamp) => string) | undefined;
  /**
   * Print control characters, line breaks and marks that reorder text as `\x1b`, `\n`, `\u202e`,
   * so that steps, names, units and values from elsewhere cannot forge lines or steer the terminal.
   * Applies to what `stepFormat` and `metricFormat` return. Default: false, as Python.
   */
  readonly escapeControl?: boolean | undefined;
  /**
   * Metrics that are always floats, as that option of a `JSONStreamBackend`: a whole number logged under
   * one of these names prints as `1.0`. A `metricFormat` gets it as a `Float`. Default: none.
   */
  readonly floats?: readonly string[] | undefined;
}

/**
 * Prints each record as a line on standard output, in order with `console.log`. Holds no buffers.
 * When standard output breaks (a closed pipe), it prints nothing more, after one warning.
 * Python: `StdOutBackend`.
 */
export class StdOutBackend extends Backend {
  /** Makes the text of a step. */
  stepFormat: (step: PlainStep) => string;
  /** Makes the text of a metric. */
  metricFormat: (metric: string, metadata: Metadata, value: MetricValue) => string;
  /** Makes the beginning of a line. */
  prefixFormat: (timestamp: Timestamp) => string;
  readonly #escape: (text: string) => string;
  readonly #floats: ReadonlySet<string> | undefined;
  readonly #metadata = new Map<string, Metadata>();
  #records = 0;
  #bytes = 0;
  #dropped = 0;
  readonly #warned = new Set<string>();

  /**
   * @param verbosity records up to this verbosity are printed.
   * @throws TypeError for arguments of the wrong type.
   */
  constructor(verbosity: number, options: StdOutBackendOptions = {}) {
    super(verbosity);
    const own = StdOutBackend.prototype;
    this[TAKES_FLOATS] = this.log === own.log && this.metadata === own.metadata;
    const formats = ['stepFormat', 'metricFormat', 'prefixFormat'];
    checkOptions(options, [...formats, 'escapeControl', 'floats'], 'a StdOutBackend');
    const { escapeControl = false, floats, ...formatters } = options;
    this.#floats = floatMetrics(floats);
    if (typeof escapeControl !== 'boolean') {
      throw new TypeError(
        `the option escapeControl is true or false, not ${describe(escapeControl)}`,
      );
    }
    this.#escape = escapeControl ? printable : String;
    for (const [name, format] of Object.entries(formatters)) {
      if (format !== undefined && typeof format !== 'function') {
        throw new TypeError(`the option ${name} is a function, not ${describe(format)}`);
      }
    }
    this.stepFormat = options.stepFormat ?? defaultStepFormat;
    this.metricFormat = options.metricFormat ?? defaultMetricFormat;
    this.prefixFormat = options.prefixFormat ?? defaultPrefixFormat;
  }

  /** The metadata of a metric, to read and to change; created when there is none yet. */
  metadataOf(metric: string): Metadata {
    let metadata = this.#metadata.get(metric);
    if (metadata === undefined) {
      // Without a prototype, `__proto__` is a name like any other.
      metadata = Object.create(null) as Metadata;
      this.#metadata.set(metric, metadata);
    }
    return metadata;
  }

  override metadata(
    _timestamp: Timestamp,
    _elapsedtime: number,
    metric: string,
    metadata: Metadata,
  ): void {
    const known = this.metadataOf(metric);
    forEachEntry(resolveMetadata(withFloats(metadata)), (key, value) => {
      known[key] = value as MetricValue;
    });
  }

  /**
   * Prints a record. A value that its metric's format does not fit is printed as Python's `str()`
   * would, with one warning for the metric: a format is no reason to end a run.
   *
   * @throws TypeError when something cannot be logged; nothing is printed then.
   */
  override log(timestamp: Timestamp, _elapsedtime: number, step: Step, data: Data): void {
    const prefix = this.prefixFormat(timestamp);
    const stepText = this.#escape(this.stepFormat(plainStep(withFloats(step))));
    const metrics: string[] = [];
    forEachEntry(resolveNamed(withFloats(data), 'data'), (metric, value) => {
      if (value !== undefined)
        metrics.push(this.#escape(this.#metric(metric, value as MetricValue)));
    });
    const line = `${prefix}${stepText} ${metrics.join(' ')}\n`;
    if (print(line)) {
      this.#records++;
      this.#bytes += Buffer.byteLength(line);
    } else {
      this.#dropped++;
    }
  }

  /** Counts of what was printed; `dropped` counts records after standard output broke. */
  override stats(): LogStats {
    return {
      records: this.#records,
      unsaved: 0,
      bytes: this.#bytes,
      waits: 0,
      dropped: this.#dropped,
      lastError: stdoutError(),
      crashSafe: true,
      notCrashSafe: undefined,
    };
  }

  #metric(metric: string, logged: MetricValue): string {
    const isFloat = typeof logged === 'number' && this.#floats?.has(metric) === true;
    const value = isFloat ? new Float(logged) : logged;
    const metadata = this.metadataOf(metric);
    try {
      return this.metricFormat(metric, metadata, value);
    } catch (error) {
      if (this.metricFormat !== defaultMetricFormat) throw error;
      // Throws again if the value is wrong, and not its format.
      const text = metricText(metric, metadata, str(value, new ValuePath('metric', metric)));
      this.#warn(metric, error);
      return text;
    }
  }

  #warn(metric: string, error: unknown): void {
    if (this.#warned.has(metric)) return;
    this.#warned.add(metric);
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(`${reason}; its values are printed without the format`, {
      code: error instanceof DLLoggerError ? error.code : 'ERR_DLLOGGER_FORMAT',
    });
  }
}
