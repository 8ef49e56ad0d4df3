/** Results as plain data, for files and scripts. */
import { versionOf } from './driver.js';
import type { Machine } from './machine.js';
import type { Result } from './run.js';
import type { Section, Target } from './section.js';
import { median, spread } from './statistics.js';

export interface SectionResults {
  readonly section: Section;
  readonly results: readonly Result[];
}

/** A figure of a case, over the rounds. */
export interface FigureJson {
  readonly median: number;
  /** Half the distance between the quartiles, divided by the median. */
  readonly spread: number;
  readonly rounds: readonly number[];
}

/** Times in nanoseconds, memory in bytes. */
export interface ResultsJson {
  readonly machine: Machine;
  readonly sections: readonly {
    readonly name: string;
    readonly title: string;
    readonly results: readonly {
      readonly driver: string;
      readonly version?: string | undefined;
      readonly row?: string | undefined;
      readonly options: Readonly<Record<string, number>>;
      /** Why a round failed; the figures are then those of the rounds before. */
      readonly error?: string | undefined;
      readonly figures: Readonly<Record<string, FigureJson>>;
    }[];
  }[];
  readonly targets: readonly Target[];
}

/** Results as plain data. */
export function toJson(
  machine: Machine,
  sections: readonly SectionResults[],
  targets: readonly Target[],
  roots: readonly string[],
): ResultsJson {
  return {
    machine,
    sections: sections.map(({ section, results }) => ({
      name: section.name,
      title: section.title,
      results: results.map(({ trial, rounds, error }) => ({
        driver: trial.driver.name,
        version: trial.driver.needs?.map((name) => versionOf(roots, name))[0],
        row: trial.row,
        options: trial.options,
        error,
        figures: summary(rounds),
      })),
    })),
    targets,
  };
}

function summary(rounds: Result['rounds']): Record<string, FigureJson> {
  const names = [...new Set(rounds.flatMap((round) => Object.keys(round)))];
  return Object.fromEntries(
    names.map((name) => {
      const values = rounds.flatMap((round) => round[name] ?? []);
      const precise = (value: number): number => Number(value.toPrecision(6));
      return [
        name,
        {
          median: precise(median(values)),
          spread: precise(spread(values)) || 0,
          rounds: values.map(precise),
        },
      ];
    }),
  );
}
