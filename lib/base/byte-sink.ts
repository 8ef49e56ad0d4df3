/** Receives the bytes of a file in the making, so that the code that makes them knows neither terminals nor disks. */
export interface ByteSink {
  /** Copies bytes; `drain` writes them later. */
  write(bytes: Buffer | string): void;
  /** Writes the copied bytes once they fill a block. */
  drain(): Promise<void>;
}
