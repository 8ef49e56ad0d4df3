/**
 * Shapes: the key lists of records, as a tree of keys. A record walks the tree key by key, and most steps are one
 * comparison with the expected key. So recognising a record with the keys of the record before, or of the record that
 * followed it last time, costs hardly anything. Key lists that differ late share their beginning.
 */
import { type NumberReader, readerOf } from './number-reader.js';

export class ShapeTree {
  /** The shape without keys. */
  root = new Shape(this);
  /** The shape of the last record. */
  last = this.root;
  /** The shape that followed it last time. */
  expected = this.root;
  /** @internal The shape at which the record at hand left the expected keys. */
  branch: Shape | undefined;
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

  /** Notes the shape of a record. */
  saw(shape: Shape): void {
    this.last.follower = shape;
    this.last = shape;
    this.expected = shape.follower;
    if (this.branch !== undefined) {
      shape.branch = this.branch;
      this.branch = undefined;
    }
    if (shape.follower !== shape) shape.follower.branch?.expect();
  }

  /** @internal Counts bytes, roughly, that the tree has grown by. */
  added(size: number): void {
    this.size += size;
    // The tree stays small, whatever keys a program makes up: only repeated shapes are worth memory.
    if (this.size > MAX_TREE_SIZE) {
      this.root = new Shape(this);
      this.size = 0;
      this.readers = 0;
    }
  }
}

/** Bytes, roughly: of a shape without its key; of each number in a reader's code; of a tree that is dropped. */
const SHAPE_SIZE = 100;
const READER_SIZE = 500;
const MAX_TREE_SIZE = 2 ** 20;

/**
 * Records of a shape before it gets a reader: few enough that the engine does not inline the general way, too, for
 * which it goes by the first few hundred calls. And the factor by which each existing reader raises that number, since
 * a reader costs as much as some hundreds of records, and is slow until the engine has optimised it.
 */
const PATIENCE = 20;
const MORE_FOR_EACH = 50;

export class Shape {
  private readonly tree: ShapeTree;
  readonly parent: Shape | undefined;
  readonly key: string;
  /** How many keys it has. */
  readonly depth: number;
  /** The shape's number in the addon; negative before its definition. */
  id = -1;
  /** The record that defines the shape, kept by the producer from the second definition on. */
  definition: Int32Array | undefined = undefined;
  /** The shape of the record that followed the last record of this shape. */
  follower: Shape = this;
  /** Where a record of this shape last left the expected keys: expected there next time. */
  branch: Shape | undefined = undefined;
  /** Made once many records had this shape. */
  reader: NumberReader | undefined = undefined;
  /** Records of this shape since it lost its reader, or since the first record. */
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
    this.tree.branch = child;
    return child;
  }

  /** Makes the key that leads here the expected one of the shape before. */
  expect(): void {
    if (this.parent === undefined) return;
    this.parent.nextKey = this.key;
    this.parent.next = this;
  }

  /** Counts a record of this shape that no reader has read. */
  countUnread(stepLength: number): void {
    this.unread++;
    const { tree } = this;
    if (this.unread < this.patience * (1 + MORE_FOR_EACH * tree.readers)) return;
    this.unread = 0;
    const count = stepLength + this.depth;
    const reader = count > tree.maxNumbers ? undefined : readerOf(stepLength, this.keys());
    if (reader === undefined) {
      this.patience = Number.POSITIVE_INFINITY;
      return;
    }
    // An existing reader is for steps of another length.
    if (this.reader === undefined) tree.readers++;
    this.reader = reader;
    tree.added(READER_SIZE * count);
  }

  /** The reader has met a value that is no number: the shape gets a reader again later, and later each time. */
  readerFailed(): void {
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
