/** The position of a process among the processes of a run. */
export interface Rank {
  /** From 0; rank 0 prints and decides. */
  readonly rank: number;
  /** How many processes the run has. */
  readonly size: number;
}

/** How launchers tell a process its rank: torchrun, Open MPI, MPICH and Intel MPI, Slurm. */
const VARIABLES = [
  ['RANK', 'WORLD_SIZE'],
  ['OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE'],
  ['PMI_RANK', 'PMI_SIZE'],
  ['SLURM_PROCID', 'SLURM_NTASKS'],
] as const;

/**
 * The rank of this process from its launcher's environment variables, else 0 of 1. A rank without a size is
 * ignored: other programs use a variable of that name too. Python has no counterpart: its clients read the
 * variables themselves.
 *
 *     new JSONStreamBackend(Verbosity.VERBOSE, `log.${rank().rank}.json`);
 *     DLLogger.init(rank().rank === 0 ? [new StdOutBackend(Verbosity.DEFAULT)] : []);
 */
export function rank(): Rank {
  for (const [name, sizeName] of VARIABLES) {
    const found = whole(process.env[name]);
    const size = whole(process.env[sizeName]);
    if (found !== undefined && size !== undefined && found < size) return { rank: found, size };
  }
  return { rank: 0, size: 1 };
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
