import { join } from 'node:path';
import type { JsonObject, JsonValue } from '../../reader/types.js';
import type { StepLevel } from '../global-step.js';
import {
  type LogIdentity,
  type LogTarget,
  type Position,
  type Report,
  type Target,
  textOf,
} from '../target.js';
import { EventFile } from './event-file.js';
import { EventFrames, type ScalarTemplate, scalarTemplate } from './events.js';

/** Directories below the run's, one for each series of steps: TensorBoard has one step axis for each directory. */
const DIRECTORIES: Readonly<Record<StepLevel, string>> = {
  iteration: '',
  epoch: 'epoch',
  validation: 'validation',
  summary: 'summary',
};

/** Waiting frames are written when they are as many bytes. */
const BATCH = 2 ** 18;

/** Event files in `directory/RUN`, which TensorBoard reads while they grow. */
export function tensorBoard(directory: string): Target {
  return {
    name: 'tensorboard',
    levels: undefined,
    forgets: true,
    open: (log, report) => new TensorBoardLog(directory, log, report),
  };
}

class TensorBoardLog implements LogTarget {
  readonly #directory: string;
  readonly #report: Report;
  readonly #runs = new Map<StepLevel, RunDirectory>();
  readonly #descriptions = new Map<string, string>();
  readonly #parameters = new Map<string, JsonValue>();
  readonly #environment = new Map<string, JsonValue>();
  #session = 0;
  #isEnded = false;

  constructor(directory: string, { run }: LogIdentity, report: Report) {
    this.#directory = join(directory, run);
    this.#report = report;
  }

  record(): void {}

  session(): void {
    this.#session++;
  }

  scalars(position: Position, names: readonly string[], values: ArrayLike<number>): void {
    this.#at(position).scalars(position, names, values, this.#descriptions);
  }

  text(position: Position, name: string, text: string): void {
    const run = this.#at(position);
    run.frames.text(position.time, position.step, name, text);
    run.values++;
  }

  parameters(time: number, values: JsonObject): void {
    for (const [name, value] of Object.entries(values)) this.#parameters.set(name, value);
    const run = this.#at({ level: 'iteration', step: 0, time });
    run.frames.parameters(time, this.#parameters);
    run.frames.text(time, 0, 'parameters', markdownTable(this.#parameters));
    run.values += Object.keys(values).length;
  }

  environment(time: number, values: JsonObject): void {
    for (const [name, value] of Object.entries(values)) this.#environment.set(name, value);
    const run = this.#at({ level: 'iteration', step: 0, time });
    run.frames.text(time, 0, 'environment', markdownTable(this.#environment));
    run.values += Object.keys(values).length;
  }

  metadata(metric: string, metadata: JsonObject): void {
    const lines = Object.entries(metadata).map(([name, value]) => `${name}: ${textOf(value)}`);
    this.#descriptions.set(metric, lines.join('  \n'));
    for (const run of this.#runs.values()) run.forgetTemplates();
  }

  async drain(): Promise<void> {
    for (const run of this.#runs.values()) if (run.frames.length >= BATCH) await this.#flush(run);
  }

  async end(): Promise<void> {
    for (const run of this.#runs.values()) {
      await this.#flush(run);
      if (run.isBesideOthers) {
        this.#report.notes.add(`${run.path} was begun beside a file with other content`);
      }
    }
  }

  async #flush(run: RunDirectory): Promise<void> {
    this.#report.sent += await run.flush();
  }

  async close(): Promise<void> {
    for (const run of this.#runs.values()) await run.close();
  }

  /**
   * The results of the whole run mark its end in the tab of hyperparameters. The event is written where the results
   * stand, not at the log's end: a log that grows must make the same bytes up to there.
   */
  #noteEnd(level: StepLevel, time: number): void {
    if (level === 'summary' && !this.#isEnded && this.#parameters.size > 0) {
      this.#runs.get('iteration')?.frames.end(time);
    }
    this.#isEnded = level === 'summary';
  }

  #at({ level, step, time }: Position): RunDirectory {
    this.#noteEnd(level, time);
    let run = this.#runs.get(level);
    if (run === undefined) {
      run = new RunDirectory(join(this.#directory, DIRECTORIES[level]), time);
      this.#runs.set(level, run);
    }
    run.enter(this.#session, step, time);
    return run;
  }
}

/** One directory that TensorBoard shows as a run, with one file. */
class RunDirectory {
  readonly frames = new EventFrames();
  /** Number of values in the waiting frames. */
  values = 0;
  readonly #file: EventFile;
  readonly #templates = new Map<readonly string[], ScalarTemplate>();
  readonly #known = new Set<string>();
  #session = 0;
  #waiting: { readonly bytes: Uint8Array; readonly values: number } | undefined;

  constructor(directory: string, time: number) {
    const seconds = Math.max(Math.floor(time), 0) || 0;
    this.#file = new EventFile(join(directory, `events.out.tfevents.${seconds}.dllogger`));
    this.frames.version(time);
  }

  get path(): string {
    return this.#file.path;
  }

  get isBesideOthers(): boolean {
    return this.#file.isBesideOthers;
  }

  /** Writes, once for each session, that it begins, with its first step in this directory. */
  enter(session: number, step: number, time: number): void {
    if (session === this.#session) return;
    // The first session's event has step 0, whatever the session logs first: the file begins with it.
    this.frames.sessionStart(time, this.#session === 0 ? 0 : step);
    this.#session = session;
  }

  scalars(
    { step, time }: Position,
    names: readonly string[],
    values: ArrayLike<number>,
    descriptions: ReadonlyMap<string, string>,
  ): void {
    let template = this.#templates.get(names);
    if (template === undefined) {
      // TensorBoard shows the description that stands with the first value of a metric.
      const fresh = names.map((name) =>
        this.#known.has(name) ? undefined : descriptions.get(name),
      );
      template = scalarTemplate(names, fresh);
      for (const name of names) this.#known.add(name);
      if (fresh.every((text) => text === undefined)) this.#templates.set(names, template);
    }
    this.frames.scalars(time, step, template, values);
    this.values += names.length;
  }

  forgetTemplates(): void {
    this.#templates.clear();
  }

  /** Writes the waiting frames; resolves to the number of values in them. After a failure they stay. */
  async flush(): Promise<number> {
    let written = 0;
    // Records that come while the file is written, or after a failure, go into other frames.
    while (this.#waiting !== undefined || this.frames.length > 0) {
      this.#waiting ??= this.#takeFrames();
      await this.#file.append(this.#waiting.bytes);
      written += this.#waiting.values;
      this.#waiting = undefined;
    }
    return written;
  }

  #takeFrames(): { readonly bytes: Uint8Array; readonly values: number } {
    const taken = { bytes: this.frames.take().slice(), values: this.values };
    this.values = 0;
    return taken;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function markdownTable(values: Iterable<readonly [string, JsonValue]>): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\r?\n/g, '<br>');
  const rows = Array.from(values, ([name, value]) => `| ${cell(name)} | ${cell(textOf(value))} |`);
  return ['| name | value |', '| --- | --- |', ...rows].join('\n');
}
