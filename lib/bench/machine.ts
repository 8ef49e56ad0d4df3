/** Names the machine on which a result was measured. */
import { availableParallelism, cpus, release, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory: string;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  readonly date: string;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${process.platform} ${process.arch} ${release()}`,
    node: process.version,
    v8: process.versions.v8,
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
  };
}

export function machineLine({ cpu, cores, memory, system, node, date }: Machine): string {
  return `${cpu}, ${cores} cores, ${memory}; ${system}; Node ${node}; ${date} UTC`;
}
