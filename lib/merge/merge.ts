/** One log out of those of many ranks. */
import { statSync } from 'node:fs';
import type { ByteSink } from '../base/byte-sink.js';
import { rawMembers } from '../reader/raw-json.js';
import { Scan } from '../reader/scan.js';
import type { LogRecord, MetadataRecord } from '../reader/types.js';
import { MergeReport, type Reduction } from './cells.js';
import { MergedLog } from './merged-log.js';
import { MergedMetadata } from './metadata.js';
import { OutOfOrder, RankLog, SideBySide, sharedMemory } from './side-by-side.js';

export interface Merged {
  /** Lines of the merged log. */
  readonly records: number;
  /** Of each log. */
  readonly problems: readonly number[];
  readonly report: MergeReport;
}

/** A file that takes its name when it is whole. */
interface NewFile extends ByteSink {
  finish(): Promise<void>;
  discard(): Promise<void>;
}

/**
 * Merges logs side by side, or, where their steps come in orders of their own, in memory.
 *
 * @param canRestart whether what was written to a file can be taken back.
 * @param open Opens the file.
 */
export async function mergeLogs(
  paths: readonly string[],
  reduction: Reduction,
  canRestart: boolean,
  open: () => Promise<NewFile>,
): Promise<Merged> {
  // What is no file is read once only.
  const isOften = paths.every((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  if (canRestart && isOften) {
    try {
      return await writeTo(await open(), (file) => mergeSideBySide(paths, reduction, file));
    } catch (error) {
      if (!(error instanceof OutOfOrder)) throw error;
    }
  }
  return writeTo(await open(), (file) => mergeInMemory(paths, reduction, file));
}

async function writeTo(file: NewFile, write: (file: NewFile) => Promise<Merged>): Promise<Merged> {
  try {
    const merged = await write(file);
    await file.finish();
    return merged;
  } catch (error) {
    await file.discard();
    throw error;
  }
}

async function mergeSideBySide(
  paths: readonly string[],
  reduction: Reduction,
  file: ByteSink,
): Promise<Merged> {
  const memory = sharedMemory(paths.length);
  const logs = paths.map((path) => new RankLog(path, memory));
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
  reduction: Reduction,
  file: ByteSink,
): Promise<Merged> {
  const log = new MergedLog(reduction);
  const metadata = new MergedMetadata();
  const problems: number[] = [];
  for (const [rank, path] of paths.entries()) {
    const take = (entry: LogRecord | MetadataRecord, text: Buffer) => {
      const raw = rawMembers(text.toString());
      if (entry.kind === 'LOG') log.add(rank, entry, raw);
      else metadata.add(entry, raw);
    };
    log.beginRank();
    const scan = new Scan(
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
  }
  const report = new MergeReport();
  const begin = log.begin ?? 0;
  metadata.write(file, begin);
  await log.write(file, begin, report, paths.length);
  return { records: log.length + metadata.length, problems, report };
}
