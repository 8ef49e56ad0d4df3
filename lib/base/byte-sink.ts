/** Where bytes go that become a file: what makes them knows neither terminals nor disks. */
export interface ByteSink {
  /** Takes bytes, which are copied, and lets `drain` write them. */
  write(bytes: Buffer | string): void;
  /** Writes what has gathered, once that is much. */
  drain(): Promise<void>;
}
