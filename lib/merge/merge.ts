/** Merges the logs of many ranks into one log. */
import type { ByteSink } from '../base/byte-sink.js';
import { LogScan } from '../reader/log-scan.js';
import { rawMembers } from '../reader/raw-json.js';
import { isStream } from '../reader/regular-file.js';
import { RunFinder } from '../reader/run-finder.js';
import type { LogRecord, MetadataRecord } from '../reader/types.js';
import { MergeReport, type Reduction } from './cells.js';
import { ChosenMetrics, type MetricNames } from './chosen.js';
import { MergedLog } from './merged-log.js';
import { MergedMetadata } from './metadata.js';
import { OutOfOrder, RankLog, Resumed, SideBySide, sharedMemory } from './side-by-side.js';

export interface Merged {
  /** Lines of the merged log. */
  readonly records: number;
  /** Lines of each log. */
  readonly problems: readonly number[];
  readonly report: MergeReport;
}

/** A file that gets its name when it is complete. */
interface NewFile extends ByteSink {
  finish(): Promise<void>;
  discard(): Promise<void>;
}

interface MergeOptions {
  readonly reduction: Reduction;
  /** Whether steps that later sessions of a log replaced are merged, too. */
  readonly showsAll: boolean;
  /** Whether output can be taken back: true for a file, false for a pipe. */
  readonly canRestart: boolean;
  /** The metrics to merge; undefined: all. */
  readonly metrics?: MetricNames | undefined;
}

/** The sessions of each log; undefined when all sessions are merged. */
type Finders = readonly (RunFinder | undefined)[];

/**
 * Merges logs side by side. Logs whose steps come in different orders are merged in memory.
 *
 * @param open Opens the file.
 * @throws what `metrics` throws for names that no log has; the file then gets no name.
 */
export async function mergeLogs(
  paths: readonly string[],
  options: MergeOptions,
  open: () => Promise<NewFile>,
): Promise<Merged> {
  if (options.canRestart && !paths.some(isStream)) {
    const merge = async (finders: Finders) =>
      writeTo(await open(), options, (file) => mergeSideBySide(paths, options, finders, file));
    try {
      return await merge(paths.map(() => (options.showsAll ? undefined : new RunFinder())));
    } catch (error) {
      if (!(error instanceof OutOfOrder || error instanceof Resumed)) throw error;
      if (error instanceof Resumed) {
        try {
          return await merge(await findersOf(paths));
        } catch (next) {
          if (!(next instanceof OutOfOrder || next instanceof Resumed)) throw next;
        }
      }
    }
  }
  return writeTo(await open(), options, (file) => mergeInMemory(paths, options, file));
}

async function findersOf(paths: readonly string[]): Promise<Finders> {
  const finders: RunFinder[] = [];
  const memory = sharedMemory(paths.length);
  for (const path of paths) {
    const finder = new RunFinder();
    await new LogScan(path, finder, {}, memory).finish();
    finders.push(finder.again());
  }
  return finders;
}

async function writeTo(
  file: NewFile,
  { metrics }: MergeOptions,
  write: (file: NewFile) => Promise<Merged>,
): Promise<Merged> {
  try {
    const merged = await write(file);
    metrics?.check();
    await file.finish();
    return merged;
  } catch (error) {
    await file.discard();
    throw error;
  }
}

async function mergeSideBySide(
  paths: readonly string[],
  { reduction, metrics }: MergeOptions,
  finders: Finders,
  file: ByteSink,
): Promise<Merged> {
  const memory = sharedMemory(paths.length);
  const chosen = metrics === undefined ? undefined : new ChosenMetrics(metrics);
  const logs = paths.map((path, i) => new RankLog(path, memory, finders[i], chosen));
  const report = new MergeReport();
  const merge = new SideBySide(logs, reduction, report);
  try {
    await merge.write(file);
  } finally {
    for (const log of logs) await log.close();
  }
  return { records: merge.length, problems: logs.map(({ problems }) => problems), report };
}

async function mergeInMemory(
  paths: readonly string[],
  { reduction, showsAll, metrics }: MergeOptions,
  file: ByteSink,
): Promise<Merged> {
  const log = new MergedLog(reduction);
  const metadata = new MergedMetadata();
  const chosen = metrics === undefined ? undefined : new ChosenMetrics(metrics);
  const problems: number[] = [];
  for (const [rank, path] of paths.entries()) {
    const finder = new RunFinder();
    const records: (readonly [LogRecord | MetadataRecord, text: string])[] = [];
    const take = (entry: LogRecord | MetadataRecord, text: Buffer) => {
      finder.entry(entry);
      records.push([entry, text.toString()]);
    };
    const scan = new LogScan(
      path,
      {
        flat: (record, line, offset, length) =>
          take(record.entry(line, offset, length), record.text),
        entry: take,
      },
      {},
    );
    await scan.finish();
    problems.push(scan.problems.count);
    // Which steps later sessions replace is known at the end of the log.
    const known = finder.again();
    log.beginRank();
    for (const [entry, text] of records) {
      known.entry(entry);
      if (known.isHidden && !showsAll) continue;
      const raw = rawMembers(text);
      if (entry.kind === 'LOG') {
        const wanted = chosen === undefined ? raw : chosen.members(entry.step, raw);
        if (wanted !== undefined) log.add(rank, entry, wanted);
      } else if (chosen?.wants(entry.metric) !== false) {
        metadata.add(entry, raw);
      }
    }
  }
  const report = new MergeReport();
  const begin = log.begin ?? 0;
  metadata.write(file, begin);
  await log.write(file, begin, report, paths.length);
  return { records: log.length + metadata.length, problems, report };
}
