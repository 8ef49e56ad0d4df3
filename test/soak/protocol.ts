/** The protocol between a soak test and its steady process. */

export const STEADY_WRITER = 0;

/** Messages to the steady process, and its answers. */
export type Order = 'reopen' | 'stop';
export type Answer =
  | { readonly kind: 'open' | 'reopened' }
  | { readonly kind: 'failed'; readonly message: string }
  | {
      readonly kind: 'end';
      readonly records: number;
      readonly dropped: number;
      readonly waits: number;
      readonly lastError: string;
      readonly others: number;
      readonly notCrashSafe: string;
    };
