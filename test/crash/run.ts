/** Runs many chains, with one, two and four writers on a file, and every kind of death. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { implementation } from 'dllogger';
import { Cgroup } from './cgroup.js';
import { Chain, type Death, newTally, type Tally } from './chain.js';

export interface Plan {
  /** Number of writers to kill. */
  readonly kills: number;
  /** Number of logs at the same time. */
  readonly parallel: number;
  /** Records that a writer which ends itself has logged at least: 0 unless set. */
  readonly least?: number;
  /** Number of kills of each log's recovery. */
  readonly recoveries?: number;
}

export interface Outcome {
  readonly tally: Tally;
  /** What was not tested, and why. */
  readonly notes: readonly string[];
}

/** Number of kills of one log, before it is recovered and checked. */
const KILLS = 16;
const WRITERS = [1, 1, 2, 4];
/** Of ten deaths, the first three take the kinds in turn. */
const KINDS: readonly Death[] = [
  'SIGTERM',
  'abort',
  'SIGSEGV',
  'SIGINT',
  'heap',
  'SIGHUP',
  'cgroup',
];

export async function runCrashes(
  plan: Plan,
  say: (line: string) => void = () => {},
): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'dllogger-crash-'));
  const notes: string[] = [];
  const group = Cgroup.create();
  if (typeof group === 'string') notes.push(`memory cgroup kills: skipped, ${group}`);
  const cgroup = group instanceof Cgroup ? group : undefined;
  const kinds = KINDS.filter((kind) => kind !== 'cgroup' || cgroup !== undefined);
  // JavaScript has no locks: over the TypeScript implementation only one process may append.
  const writers = implementation === 'native' ? WRITERS : [1];
  const tally = newTally();
  let planned = 0;
  let chains = 0;
  const lane = async () => {
    while (planned < plan.kills) {
      const count = Math.min(KILLS, plan.kills - planned);
      const deaths = Array.from({ length: count }, (_, index) => deathOf(planned + index, kinds));
      planned += count;
      const name = `log-${chains}`;
      const own = join(directory, name);
      mkdirSync(own);
      const options = {
        directory: own,
        name,
        writers: writers[chains++ % writers.length] ?? 1,
        deaths,
        least: plan.least ?? 0,
        recoveries: plan.recoveries ?? 3,
        cgroup,
      };
      const before = tally.complaints.length;
      await new Chain(options, tally).run();
      // A log with faults is kept for inspection.
      if (tally.complaints.length === before) rmSync(own, { recursive: true });
      if (chains % 10 === 0) say(`${planned} kills, ${tally.acknowledged} records`);
    }
  };
  try {
    await Promise.all(Array.from({ length: plan.parallel }, lane));
  } finally {
    cgroup?.remove();
    if (tally.complaints.length === 0) rmSync(directory, { recursive: true });
    else notes.push(`the logs are kept in ${directory}`);
  }
  return { tally, notes };
}

function deathOf(index: number, kinds: readonly Death[]): Death {
  if (index % 10 >= 3) return 'SIGKILL';
  return kinds[(Math.floor(index / 10) * 3 + (index % 10)) % kinds.length] ?? 'SIGKILL';
}
