/** Counts the records of each writer in the logs of a soak test, file by file. */
import { contentOf } from '../crash/record.js';
import { type Testimony, withoutUnfinished } from '../crash/testimony.js';

interface Account {
  /** The number of the writer's next record. */
  next: number;
  missing: number;
  /** Records found again, or behind a later record. */
  doubled: number;
}

export class Ledger {
  readonly #accounts = new Map<number, Account>();
  readonly torn: string[] = [];
  unfinished = 0;
  records = 0;
  bytes = 0;

  /** Adds the next file, in the order of rotation, with the testimonies of the writers that were killed by then. */
  add(text: string, killed: Iterable<Testimony>): void {
    const content = contentOf(text);
    const { sequences } = content;
    const torn = withoutUnfinished(content, killed);
    this.bytes += text.length;
    this.torn.push(...torn.map((line) => line.slice(0, 300)));
    this.unfinished += content.torn.length - torn.length;
    for (const [writer, found] of sequences) {
      const account = this.#accountOf(writer);
      this.records += found.length;
      for (const sequence of found) {
        if (sequence < account.next) {
          account.doubled++;
          continue;
        }
        account.missing += sequence - account.next;
        account.next = sequence + 1;
      }
    }
  }

  #accountOf(writer: number): Account {
    const known = this.#accounts.get(writer);
    if (known !== undefined) return known;
    const account = { next: 0, missing: 0, doubled: 0 };
    this.#accounts.set(writer, account);
    return account;
  }

  /** The number of a writer's acknowledged records that are missing, and of its doubled records. */
  judge(writer: number, acknowledged: number): { lost: number; doubled: number } {
    const { next, missing, doubled } = this.#accountOf(writer);
    return { lost: missing + Math.max(0, acknowledged - next), doubled };
  }
}
