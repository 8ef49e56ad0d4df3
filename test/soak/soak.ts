/**
 * The load of hours in minutes: one steady process that logs all the time, others that append to the same log and are
 * killed, rotation, and a disk that is full now and then. Checks every record, and the descriptors and resident memory
 * of the steady process.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { recover } from 'dllogger';
import { ringsOf } from '#dist/sink/ring-place.js';
import type { Orders } from '../crash/child.js';
import { type Testimony, testimonyOf } from '../crash/testimony.js';
import { SmallDisk } from '../support/small-disk.js';
import { Ledger } from './ledger.js';
import { type Answer, type Order, STEADY_WRITER } from './protocol.js';

const CHILD = fileURLToPath(new URL('../crash/child.js', import.meta.url));
const STEADY = fileURLToPath(new URL('steady.js', import.meta.url));

const DISK_MEGABYTES = 128;
const MAX_VICTIMS = 3;

export interface Sample {
  readonly descriptors: number;
  /** Resident memory in bytes. */
  readonly resident: number;
}

export interface SoakResult {
  readonly records: number;
  readonly bytes: number;
  readonly kills: number;
  readonly rotations: number;
  /** Times that the disk was full. */
  readonly full: number;
  readonly lost: number;
  readonly doubled: number;
  readonly torn: number;
  /** Beginnings of records over 256 KiB, each the next of a victim whose `log()` had not returned. */
  readonly unfinished: number;
  readonly end: Extract<Answer, { kind: 'end' }>;
  readonly samples: readonly Sample[];
  readonly complaints: readonly string[];
  readonly notes: readonly string[];
}

interface Victim {
  readonly process: ChildProcess;
  readonly writer: number;
  readonly witness: string;
  readonly end: number;
}

function random(max: number): number {
  return Math.random() * max;
}

async function isGone(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
}

export class Soak {
  readonly #scratch = mkdtempSync(join(tmpdir(), 'dllogger-soak-'));
  readonly #directory = join(this.#scratch, 'disk');
  readonly #path = join(this.#directory, 'run.json');
  readonly #disk: SmallDisk | undefined;
  readonly #ledger = new Ledger();
  readonly #samples: Sample[] = [];
  readonly #complaints: string[] = [];
  readonly #notes: string[] = [];
  readonly #dead: Testimony[] = [];
  #victims: Victim[] = [];
  #nextWriter = STEADY_WRITER + 1;
  #rotations = 0;
  #full = 0;

  constructor() {
    mkdirSync(this.#directory);
    const disk = SmallDisk.mount(this.#directory, DISK_MEGABYTES);
    if (disk instanceof SmallDisk) this.#disk = disk;
    else this.#notes.push(`a full disk: skipped, ${disk}`);
  }

  async run(minutes: number, say: (line: string) => void): Promise<SoakResult> {
    const steady = fork(STEADY, [this.#path, this.#scratch], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    });
    let said = '';
    steady.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000);
    });
    await once(steady, 'message');
    const deadline = performance.now() + minutes * 60_000;
    let told = performance.now();
    try {
      while (performance.now() < deadline) {
        if (steady.exitCode !== null || steady.signalCode !== null) {
          throw new Error(`the steady process ended: ${said}`);
        }
        await this.#randomEvent(steady);
        this.#sample(steady);
        if (performance.now() < told + 60_000) continue;
        told += 60_000;
        say(
          `${this.#ledger.records} records, ${this.#dead.length} kills, ${this.#rotations} rotations, ` +
            `${this.#full} times full, ${this.#complaints.length} complaints`,
        );
      }
      await this.#killVictims();
      const ended = this.#answer(steady);
      steady.send('stop' satisfies Order);
      const end = await ended;
      if (end.kind !== 'end') throw new Error('the steady process sent no final counts');
      await isGone(steady);
      this.#settle(this.#path);
      return this.#result(end);
    } finally {
      steady.kill('SIGKILL');
      for (const victim of this.#victims) victim.process.kill('SIGKILL');
      await isGone(steady);
      this.#disk?.unmount();
      rmSync(this.#scratch, { recursive: true });
    }
  }

  #complain(what: string): void {
    this.#complaints.push(what);
  }

  async #answer(steady: ChildProcess): Promise<Answer> {
    const [answer] = (await once(steady, 'message')) as [Answer];
    return answer;
  }

  /** Waits a moment, then kills, starts, rotates or fills the disk at random. */
  async #randomEvent(steady: ChildProcess): Promise<void> {
    await sleep(random(150));
    const now = performance.now();
    for (const victim of this.#victims.filter(({ end }) => end <= now)) await this.#kill(victim);
    const chance = Math.random();
    if (chance < 0.4 && this.#victims.length < MAX_VICTIMS) this.#newVictim();
    else if (chance < 0.407) await this.#rotate(steady);
    else if (chance < 0.417) await this.#fillDisk(steady);
  }

  #newVictim(): void {
    const writer = this.#nextWriter++;
    const witness = join(this.#scratch, `${writer}.witness`);
    const orders: Orders = {
      path: this.#path,
      writer,
      witness,
      burst: 1 + Math.floor(random(50)),
      rest: random(60),
    };
    const child = spawn(process.execPath, [CHILD, JSON.stringify(orders)], { stdio: 'ignore' });
    this.#victims.push({ process: child, writer, witness, end: performance.now() + random(1500) });
  }

  async #kill(victim: Victim): Promise<void> {
    this.#victims = this.#victims.filter((one) => one !== victim);
    victim.process.kill('SIGKILL');
    await isGone(victim.process);
    this.#dead.push(testimonyOf(victim.writer, victim.witness));
    rmSync(victim.witness, { force: true });
  }

  async #killVictims(): Promise<void> {
    for (const victim of this.#victims) await this.#kill(victim);
  }

  /** Rotates as logrotate does: renames the log, then has its writer continue in a new log. */
  async #rotate(steady: ChildProcess): Promise<void> {
    const old = `${this.#path}.${this.#rotations++}`;
    renameSync(this.#path, old);
    for (;;) {
      const answered = this.#answer(steady);
      steady.send('reopen' satisfies Order);
      const answer = await answered;
      if (answer.kind === 'reopened') break;
      this.#complain(`reopen: ${answer.kind === 'failed' ? answer.message : answer.kind}`);
      await sleep(100);
    }
    // The victims still write to the old log.
    await sleep(random(300));
    await this.#killVictims();
    this.#settle(old);
    const rings = ringsOf(this.#path);
    // Rings that belong to the new log are recovered with it.
    recover(this.#path);
    const left = ringsOf(this.#path);
    if (left.length !== 1) this.#complain(`rings beside the log: ${rings} then ${left}`);
  }

  /** Recovers a log that no process writes any more, and enters its records in the ledger. */
  #settle(path: string): void {
    recover(path);
    const text = readFileSync(path, 'latin1');
    recover(path);
    if (readFileSync(path, 'latin1') !== text) this.#complain('a second recovery changed the log');
    this.#ledger.add(text, this.#dead);
    rmSync(path);
  }

  async #fillDisk(steady: ChildProcess): Promise<void> {
    if (this.#disk === undefined) return;
    // A victim that opened the log on a full disk has no ring, and is not safe from kills.
    await this.#killVictims();
    this.#disk.fill();
    this.#full++;
    const end = performance.now() + random(4000);
    while (performance.now() < end) {
      await sleep(200);
      this.#disk.fill();
      this.#sample(steady);
    }
    this.#disk.free();
  }

  #sample(steady: ChildProcess): void {
    if (process.platform !== 'linux') return;
    const status = readFileSync(`/proc/${steady.pid}/status`, 'utf8');
    const resident = Number(/VmRSS:\s*(\d+)/.exec(status)?.[1] ?? 0) * 1024;
    const descriptors = readdirSync(`/proc/${steady.pid}/fd`).length;
    this.#samples.push({ descriptors, resident });
  }

  #result(end: Extract<Answer, { kind: 'end' }>): SoakResult {
    let lost = 0;
    let doubled = 0;
    for (const { writer, acknowledged } of this.#dead) {
      const account = this.#ledger.judge(writer, acknowledged);
      lost += account.lost;
      doubled += account.doubled;
      if (account.lost + account.doubled > 0) {
        this.#complain(`victim ${writer}: ${account.lost} lost, ${account.doubled} doubled`);
      }
    }
    const steady = this.#ledger.judge(STEADY_WRITER, end.records);
    // The steady process counts the records that it drops on a full disk.
    if (steady.lost !== end.dropped) {
      this.#complain(
        `the steady process: ${steady.lost} missing, ${end.dropped} counted as dropped`,
      );
    }
    return {
      ...{ records: this.#ledger.records, bytes: this.#ledger.bytes, kills: this.#dead.length },
      ...{ rotations: this.#rotations, full: this.#full, end, samples: this.#samples },
      lost: lost + Math.abs(steady.lost - end.dropped),
      doubled: doubled + steady.doubled,
      torn: this.#ledger.torn.length,
      unfinished: this.#ledger.unfinished,
      complaints: [...this.#complaints, ...this.#ledger.torn.slice(0, 5)],
      notes: this.#notes,
    };
  }
}
