/** Makes logs of invented trainings, with known numbers. */
const BEGIN = 1_790_000_000;

export interface Training {
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly epochs?: number;
  readonly iterations?: number;
  /** The values of an iteration; a step has been done every second. */
  readonly values: (step: number) => Readonly<Record<string, unknown>>;
  /** The values of an epoch. */
  readonly summary?: (epoch: number) => Readonly<Record<string, unknown>>;
  /** Seconds from BEGIN to the start of the training. */
  readonly begin?: number;
}

/** The lines of a log as Python writes them. */
export function trainingLog(training: Training): string {
  const { parameters, metadata = {}, epochs = 2, iterations = 10, begin = 0 } = training;
  const lines: string[] = [];
  const line = (elapsed: number, rest: Readonly<Record<string, unknown>>) => {
    const timestamp = (BEGIN + begin + elapsed).toFixed(6);
    const datetime = new Date((BEGIN + begin + elapsed) * 1000).toISOString();
    const record = { timestamp, datetime, elapsedtime: elapsed.toFixed(6), ...rest };
    lines.push(`DLLL ${JSON.stringify(record)}`);
  };
  const log = (elapsed: number, step: unknown, data: unknown) =>
    line(elapsed, { type: 'LOG', step, data });
  for (const [metric, about] of Object.entries(metadata)) {
    line(0, { type: 'METADATA', metric, metadata: about });
  }
  if (parameters !== undefined) log(0, 'PARAMETER', parameters);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = 0; i < iterations; i++) {
      const step = epoch * iterations + i;
      log(step, [epoch, i], training.values(step));
    }
    if (training.summary !== undefined) {
      log((epoch + 1) * iterations - 1, [epoch], training.summary(epoch));
    }
  }
  return `${lines.join('\n')}\n`;
}
