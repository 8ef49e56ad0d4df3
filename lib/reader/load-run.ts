import { LogScan, type ScanOptions } from './log-scan.js';
import { ProblemCounter } from './problems.js';
import { RunBuilder } from './run-builder.js';
import { type LogSource, nameOf } from './source.js';
import type { Run } from './types.js';

/**
 * Reads a whole log into one object: parameters, metadata, the numbers of each metric as typed arrays, and
 * everything else that was logged. Python has no counterpart.
 *
 * @param source a path, `-` for standard input, or a stream of bytes; compressed ones too, as with
 *   `readLog`.
 * @throws as `readLog`, and the reason of `signal` when it aborts.
 */
export async function loadRun(source: LogSource, options: ScanOptions = {}): Promise<Run> {
  const problems = new ProblemCounter();
  const builder = new RunBuilder(nameOf(source), problems);
  const scan = new LogScan(source, builder, options, { problems });
  await scan.finish();
  return builder.run(scan.ringRecords);
}
