/** The message that starts a rank. */
export interface Orders {
  readonly directory: string;
  readonly records: number;
  /** Longest pause after a record, in milliseconds. */
  readonly rest: number;
}

/** Records of an epoch. */
export const EPOCH = 50;
