/** The message that starts a rank. */
export interface Orders {
  readonly directory: string;
  readonly records: number;
  /** Milliseconds to rest after a record, at most. */
  readonly rest: number;
}

/** Records of an epoch. */
export const EPOCH = 50;
