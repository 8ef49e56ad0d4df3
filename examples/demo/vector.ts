/** The linear algebra that a small network needs. */
export type Vector = readonly number[];
/** Rows of equal length. */
export type Matrix = readonly Vector[];

/** Combines two lists of equal length, element by element. */
export function zip<A, B, C>(a: readonly A[], b: readonly B[], f: (x: A, y: B) => C): C[] {
  return a.map((x, i) => f(x, b[i] as B));
}

export function sum(a: Vector): number {
  return a.reduce((total, x) => total + x, 0);
}

export function mean(a: Vector): number {
  return sum(a) / a.length;
}

export function dot(a: Vector, b: Vector): number {
  return sum(zip(a, b, (x, y) => x * y));
}

export function outer(a: Vector, b: Vector): Matrix {
  return a.map((x) => b.map((y) => x * y));
}

/** m v */
export function times(m: Matrix, v: Vector): Vector {
  return m.map((row) => dot(row, v));
}

export function transposed(m: Matrix): Matrix {
  return (m[0] ?? []).map((_, column) => m.map((row) => row[column] as number));
}

/** m + factor n */
export function plus(m: Matrix, n: Matrix, factor = 1): Matrix {
  return zip(m, n, (a, b) => zip(a, b, (x, y) => x + factor * y));
}
