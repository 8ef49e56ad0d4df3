/**
 * A log whose writers are killed again and again. Each is replaced by a writer that appends, and so recovers the
 * log. At the end the log's content is compared with the witnesses.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ringsOf } from '#dist/sink/ring-place.js';
import type { Cgroup } from './cgroup.js';
import type { Orders } from './child.js';
import { contentOf } from './record.js';
import { type Testimony, testimonyOf, withoutUnfinished } from './testimony.js';

const CHILD = fileURLToPath(new URL('child.js', import.meta.url));
const RECOVERER = fileURLToPath(new URL('recoverer.js', import.meta.url));

/** The ways in which a writer is killed. */
export type Death =
  | 'SIGKILL'
  | 'SIGTERM'
  | 'SIGINT'
  | 'SIGHUP'
  | 'SIGSEGV'
  | 'abort'
  | 'heap'
  | 'cgroup';

export interface Tally {
  /** Number of killed writers, by the kind of death. */
  readonly deaths: Map<Death, number>;
  /** Number of killed recoveries. */
  recoveries: number;
  acknowledged: number;
  /** Records that were acknowledged, and are not in the log. */
  lost: number;
  /** Records that are more than once in the log, out of order, or were never logged. */
  doubled: number;
  /** Lines that are no record, and not `unfinished`. */
  torn: number;
  /**
   * Beginnings of records, each the next record of a writer that was killed before `log()` returned. With a ring only a
   * record over 256 KiB can leave one.
   */
  unfinished: number;
  /** Records that were in the log though the kill came before they were acknowledged. */
  beyond: number;
  readonly complaints: string[];
}

export function newTally(): Tally {
  return {
    deaths: new Map(),
    recoveries: 0,
    acknowledged: 0,
    lost: 0,
    doubled: 0,
    torn: 0,
    unfinished: 0,
    beyond: 0,
    complaints: [],
  };
}

export interface ChainOptions {
  readonly directory: string;
  readonly name: string;
  /** Processes that write at the same time. */
  readonly writers: number;
  /** How each writer dies. */
  readonly deaths: readonly Death[];
  /** Records that a writer which ends itself has logged at least. */
  readonly least: number;
  /** Kills of recoveries at the end. */
  readonly recoveries: number;
  readonly cgroup?: Cgroup | undefined;
}

interface Generation {
  readonly writer: number;
  readonly witness: string;
}

/** Milliseconds after which a child counts as hanging: longer than any start on a machine under load. */
const HUNG = 120_000;
/** Longest time that a writer runs after it has opened its log, in milliseconds. */
const MAX_LIFE = 40;
/** About the time that a child takes to start, in milliseconds. Some children are killed during that time. */
const START = 150;
/** Bytes at the end of a log to check after each death. */
const LOOK = 2 ** 20;

function random(max: number): number {
  return Math.random() * max;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), HUNG);
  await once(child, 'close');
  clearTimeout(timer);
}

/** Resolves when the child has printed something, or has ended. */
async function spoken(child: ChildProcess): Promise<void> {
  await Promise.race([once(child.stdout ?? child, 'data'), once(child, 'close')]);
}

export class Chain {
  readonly #options: ChainOptions;
  readonly #tally: Tally;
  readonly #path: string;
  readonly #generations: Generation[] = [];
  #next = 0;

  constructor(options: ChainOptions, tally: Tally) {
    this.#options = options;
    this.#tally = tally;
    this.#path = join(options.directory, `${options.name}.json`);
  }

  async run(): Promise<void> {
    const deaths = [...this.#options.deaths];
    const slot = async () => {
      for (let death = deaths.pop(); death !== undefined; death = deaths.pop()) {
        await this.#generation(death);
      }
    };
    await Promise.all(Array.from({ length: this.#options.writers }, slot));
    for (let i = 0; i < this.#options.recoveries; i++) await this.#killedRecovery();
    await this.#recover();
    const recovered = readFileSync(this.#path);
    await this.#recover();
    if (!readFileSync(this.#path).equals(recovered))
      this.#complain('a second recovery changed the log');
    this.#judge(recovered.toString('utf8'));
    const left = ringsOf(this.#path);
    if (left.length > 0) this.#complain(`left behind: ${left.join(' ')}`);
  }

  #complain(what: string): void {
    this.#tally.complaints.push(`${this.#options.name}: ${what}`);
  }

  /** Starts a writer, kills it, and checks the log. */
  async #generation(death: Death): Promise<void> {
    const writer = this.#next++;
    const witness = join(this.#options.directory, `${this.#options.name}.${writer}.witness`);
    writeFileSync(witness, '');
    this.#generations.push({ writer, witness });
    const orders: Orders = {
      path: this.#path,
      writer,
      witness,
      burst: Math.random() < 0.5 ? 1 : 1 + Math.floor(random(2000)),
      rest: Math.random() < 0.5 ? 0 : random(30),
      ...endingOf(death, this.#options.least),
    };
    const flags = death === 'heap' ? ['--max-old-space-size=16'] : [];
    const child = spawn(process.execPath, [...flags, CHILD, JSON.stringify(orders)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    if (death === 'cgroup' && child.pid !== undefined) this.#options.cgroup?.add(child.pid);
    const open = spoken(child);
    if (death.startsWith('SIG')) {
      // Killed while it opens the log, or while it writes.
      if (Math.random() < 0.2) {
        await sleep(random(START));
      } else {
        await open;
        await sleep(random(MAX_LIFE));
      }
      child.kill(death as NodeJS.Signals);
    }
    await ended(child);
    // The child had to be killed, not to end by itself.
    const isNatural = child.signalCode === null && !/heap out of memory/i.test(said);
    if (isNatural) this.#complain(`writer ${writer} ended (${child.exitCode}): ${said}`);
    this.#tally.deaths.set(death, (this.#tally.deaths.get(death) ?? 0) + 1);
    this.#checkBeforeRecovery();
  }

  /** Checks that at most the last line of the log is unfinished. */
  #checkBeforeRecovery(): void {
    if (!existsSync(this.#path)) return;
    const bytes = readFileSync(this.#path);
    const whole = bytes.subarray(0, bytes.lastIndexOf('\n') + 1);
    const { torn } = contentOf(whole.subarray(-LOOK).toString('latin1').replace(/^.*\n/, ''));
    if (torn.length === 0) return;
    const content = contentOf(whole.toString('utf8'));
    for (const line of withoutUnfinished(content, this.#testimonies())) {
      this.#complain(`before recovery: ${line.slice(0, 200)}`);
    }
  }

  #testimonies(): Testimony[] {
    return this.#generations.map(({ writer, witness }) => testimonyOf(writer, witness));
  }

  async #killedRecovery(): Promise<void> {
    const child = spawn(process.execPath, [RECOVERER, this.#path], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    await spoken(child);
    child.stdin.on('error', () => {});
    child.stdin.write('.');
    const end = performance.now() + random(4);
    while (performance.now() < end);
    child.kill('SIGKILL');
    await ended(child);
    this.#tally.recoveries++;
  }

  async #recover(): Promise<void> {
    const child = spawn(process.execPath, [RECOVERER, this.#path], {
      stdio: ['pipe', 'ignore', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    child.stdin.end('.');
    await ended(child);
    if (child.exitCode !== 0) this.#complain(`recovery failed: ${child.exitCode}`);
  }

  #judge(text: string): void {
    const content = contentOf(text);
    const { sequences } = content;
    const testimonies = this.#testimonies();
    const torn = withoutUnfinished(content, testimonies);
    this.#tally.torn += torn.length;
    this.#tally.unfinished += content.torn.length - torn.length;
    for (const line of torn.slice(0, 5)) this.#complain(`torn: ${line.slice(0, 300)}`);
    for (const { writer, acknowledged, begun } of testimonies) {
      const found = sequences.get(writer) ?? [];
      const known = new Set(found);
      let lost = 0;
      for (let i = 0; i < acknowledged; i++) if (!known.has(i)) lost++;
      const doubled = found.length - known.size;
      const isInOrder = found.every((sequence, index) => doubled > 0 || sequence === index);
      const strange = found.filter((sequence) => sequence >= begun).length;
      if (lost + doubled + strange > 0 || (!isInOrder && lost === 0)) {
        this.#complain(
          `writer ${writer}: ${acknowledged} acknowledged, ${lost} lost, ${doubled} doubled, ` +
            `${strange} never logged, ${isInOrder ? '' : 'not '}in order`,
        );
      }
      this.#tally.acknowledged += acknowledged;
      this.#tally.lost += lost;
      this.#tally.doubled += doubled + strange;
      this.#tally.beyond += Math.max(0, known.size - acknowledged);
    }
  }
}

function endingOf(death: Death, least: number): Pick<Orders, 'ending'> {
  const after = least + 1 + Math.floor(random(5000 - least));
  switch (death) {
    case 'abort':
    case 'heap':
      return { ending: { kind: death, after } };
    case 'SIGSEGV':
      return Math.random() < 0.5 ? { ending: { kind: 'segv', after } } : {};
    case 'cgroup':
      return { ending: { kind: 'memory', after } };
    default:
      return {};
  }
}
