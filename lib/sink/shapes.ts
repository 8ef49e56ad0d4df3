/**
 * Shapes: the key lists of records, as a tree of keys. A record walks it key by key, and most steps
 * are one comparison with the key that is expected: so it costs nothing to check that a record has the
 * keys of the one before, or of the one that came next last time, and records that differ late share
 * what they have in common.
 */
import { compileReader, type NumberReader } from './number-reader.js';

export class ShapeTree {
  /** The shape without keys. */
  root = new Shape(this);
  /** That of the last record. */
  last = this.root;
  /** @internal Where the record at hand has left the way that was expected. */
  turn: Shape | undefined;
  /** @internal How many numbers a reader may read. */
  readonly maxNumbers: number;
  /** @internal Keys whose numbers are floats. */
  readonly floats: ReadonlySet<string> | undefined;
  /** @internal How many shapes have a reader. */
  readers = 0;
  private size = 0;

  constructor(maxNumbers: number, floats: ReadonlySet<string> | undefined) {
    this.maxNumbers = maxNumbers;
    this.floats = floats;
  }

  /** Tells the shape of a record. What followed it last time is what is expected next. */
  saw(shape: Shape): void {
    this.last.follower = shape;
    this.last = shape;
    if (this.turn !== undefined) {
      shape.turn = this.turn;
      this.turn = undefined;
    }
    if (shape.follower !== shape) shape.follower.turn?.expect();
  }

  /** @internal Counts rough bytes that were added. */
  added(size: number): void {
    this.size += size;
    // Whatever keys a program makes up, the tree stays small; only habits are worth remembering.
    if (this.size > MAX_TREE_SIZE) {
      this.root = new Shape(this);
      this.size = 0;
      this.readers = 0;
    }
  }
}

/** Rough bytes of a shape without its key, of each number that a reader reads, of a tree given up. */
const SHAPE_SIZE = 100;
const READER_SIZE = 500;
const MAX_TREE_SIZE = 2 ** 20;

/**
 * Records of a shape before it gets a reader, few enough that the engine does not optimise the general way
 * along with the reader; and how many times as many for each reader that there is, since each costs as
 * much as some hundreds of records, and is slow until the engine has optimised it.
 */
const PATIENCE = 100;
const MORE_FOR_EACH = 10;

export class Shape {
  private readonly tree: ShapeTree;
  readonly parent: Shape | undefined;
  readonly key: string;
  /** How many keys it has. */
  readonly depth: number;
  /** Under which the addon knows it; negative until it was told of it. */
  id = -1;
  /** What the ring is told of the keys, once it has been told more than once; the producer's. */
  definition: Int32Array | undefined = undefined;
  /** The shape of the record that came after the last one of this shape. */
  follower: Shape = this;
  /** Where a record of this shape last left the way that was expected, which it is to be next time. */
  turn: Shape | undefined = undefined;
  /** Once many records had this shape. */
  reader: NumberReader | undefined = undefined;
  /** Records of this shape since it lost its reader, or from the first. */
  private unread = 0;
  private patience = PATIENCE;

  private nextKey: string | undefined;
  private next: Shape | undefined;
  private others: Map<string, Shape> | undefined;

  constructor(tree: ShapeTree, parent?: Shape, key = '') {
    this.tree = tree;
    this.parent = parent;
    this.key = key;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  /** The shape with one more key. */
  with(key: string): Shape {
    if (this.nextKey === key && this.next !== undefined) return this.next;
    const child = this.others?.get(key) ?? this.grow(key);
    child.expect();
    this.tree.turn = child;
    return child;
  }

  /** Has the shape before this one expect the key that leads here. */
  expect(): void {
    if (this.parent === undefined) return;
    this.parent.nextKey = this.key;
    this.parent.next = this;
  }

  /** Counts a record of this shape that no reader has read. */
  encoded(stepLength: number): void {
    this.unread++;
    const { tree } = this;
    if (this.unread < this.patience * (1 + MORE_FOR_EACH * tree.readers)) return;
    this.unread = 0;
    const count = stepLength + this.depth;
    const reader = count > tree.maxNumbers ? undefined : compileReader(stepLength, this.keys());
    if (reader === undefined) {
      this.patience = Number.POSITIVE_INFINITY;
      return;
    }
    // One that it has is for steps of another length.
    if (this.reader === undefined) tree.readers++;
    this.reader = reader;
    tree.added(READER_SIZE * count);
  }

  /** The reader met what is not a number: it will be tried again, but less and less often. */
  readInVain(): void {
    this.reader = undefined;
    this.tree.readers = Math.max(this.tree.readers - 1, 0);
    this.patience *= 2;
  }

  keep(definition: Int32Array): void {
    this.definition = definition;
    this.tree.added(definition.byteLength);
  }

  private grow(key: string): Shape {
    const child = new Shape(this.tree, this, key);
    this.tree.added(SHAPE_SIZE + key.length);
    this.others ??= new Map();
    this.others.set(key, child);
    return child;
  }

  /** Whether the numbers of a key are floats. */
  isFloat(key: string): boolean {
    return this.tree.floats?.has(key) === true;
  }

  keys(): string[] {
    const keys: string[] = [];
    for (let at: Shape = this; at.parent !== undefined; at = at.parent) keys.push(at.key);
    return keys.reverse();
  }
}
