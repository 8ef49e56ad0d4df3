/** What the forwarding thread reports of a link. */
import type { Link } from './link.js';

/** How far a log has come on its way to a target. */
export interface Forwarded {
  /** The log. */
  readonly path: string;
  /** Name of the run that the log is in the target. */
  readonly run: string;
  /** `tensorboard` or `mlflow`. */
  readonly target: string;
  /** Values that the target has, by this call or an earlier one. */
  readonly sent: number;
  /** How many the target cannot take, by the reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Why the target is behind; undefined when it has all of the log. */
  readonly error: string | undefined;
}

export function stateOf({ log, target, report, error }: Link): Forwarded {
  return {
    path: log.path,
    run: log.run,
    target: target.name,
    sent: report.sent,
    skipped: Object.fromEntries(report.skipped),
    error: error?.message,
  };
}
