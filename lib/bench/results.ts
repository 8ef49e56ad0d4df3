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

/** Times in nanoseconds, memory in bytes; `spread` is half the distance of the quartiles over the median. */
export function toJson(
  machine: Machine,
  sections: readonly SectionResults[],
  targets: readonly Target[],
  roots: readonly string[],
): object {
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

function summary(rounds: Result['rounds']): object {
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
