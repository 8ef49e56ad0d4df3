/**
 * Shapes: the key lists of records, as a tree of keys. A record walks it key by key, and most steps
 * are one comparison with the key that came last time: so it costs nothing to check that a record
 * has the keys of the one before, and records that differ late share what they have in common.
 */
export class ShapeTree {
  /** The shape without keys. */
  root = new Shape(this);
  private size = 0;

  /** @internal Counts a shape that was added. */
  added(key: string): void {
    this.size += SHAPE_SIZE + key.length;
    // Whatever keys a program makes up, the tree stays small; only habits are worth remembering.
    if (this.size > MAX_TREE_SIZE) {
      this.root = new Shape(this);
      this.size = 0;
    }
  }
}

/** Rough bytes of a shape without its key, and of a tree that is given up. */
const SHAPE_SIZE = 100;
const MAX_TREE_SIZE = 2 ** 20;

export class Shape {
  private readonly tree: ShapeTree;
  readonly parent: Shape | undefined;
  readonly key: string;
  /** The half of the ring, counted from the first, in which `id` was last defined. */
  generation = -1;
  id = 0;

  private nextKey: string | undefined;
  private next: Shape | undefined;
  private others: Map<string, Shape> | undefined;

  constructor(tree: ShapeTree, parent?: Shape, key = '') {
    this.tree = tree;
    this.parent = parent;
    this.key = key;
  }

  /** The shape with one more key. */
  with(key: string): Shape {
    if (this.nextKey === key && this.next !== undefined) return this.next;
    const child = this.others?.get(key) ?? this.grow(key);
    this.nextKey = key;
    this.next = child;
    return child;
  }

  private grow(key: string): Shape {
    const child = new Shape(this.tree, this, key);
    this.tree.added(key);
    this.others ??= new Map();
    this.others.set(key, child);
    return child;
  }

  keys(): string[] {
    const keys: string[] = [];
    for (let at: Shape = this; at.parent !== undefined; at = at.parent) keys.push(at.key);
    return keys.reverse();
  }
}
