/** Reads the names in data: expects those of the shape that followed last time, and else asks the tree of names. */
import { BytesList } from './bytes-list.js';
import { type KeyNode, KeyTree, type KnownShape, NO_PLACE, type Shape } from './key-tree.js';

/** Limit on the names that are expected, and on their bytes: a log could have any number of shapes, and long names. */
const MAX_EXPECTED = 2 ** 17;
const MAX_EXPECTED_BYTES = 2 ** 22;

/**
 * Reads one name after the other. In a log of many names a node and its name are in no cache of the processor. So the
 * names of known shapes lie one after the other, in the order in which they first came, which mostly is the order in
 * which they come again.
 */
export class KeyReader {
  readonly #tree = new KeyTree();
  /** The shapes whose names are expected. A shape's place is its index. */
  readonly #shapes: KnownShape[] = [];
  /** By place: the index of the shape's first name. The end of the last shape follows. */
  readonly #firsts: number[] = [0];
  /** By place: the place of the shape that followed last time. */
  readonly #followers: number[] = [];
  /** The names of all shapes. */
  readonly #nodes: KeyNode[] = [];
  readonly #bytes = new BytesList();
  /** Where each name ends among the bytes. */
  readonly #ends: number[] = [];

  /** The place of the latest record's shape. */
  #latest = NO_PLACE;
  /** The place of the shape that is expected. */
  #expected = NO_PLACE;
  /** The names to expect, by their index. */
  #next = 0;
  #end = 0;
  /** Names of the record so far. */
  #count = 0;
  /** The node of the latest name; undefined when that is the name before `#next`. */
  #node: KeyNode | undefined;

  /** Whether the memory for names is full. */
  get isFull(): boolean {
    return this.#tree.isFull;
  }

  /** The node of the latest name. */
  get node(): KeyNode {
    return this.#node ?? (this.#nodes[this.#next - 1] as KeyNode);
  }

  get #hasRoom(): boolean {
    return this.#nodes.length < MAX_EXPECTED && this.#bytes.length < MAX_EXPECTED_BYTES;
  }

  /** Begins a record. */
  begin(): void {
    this.#node = this.#tree.root;
    this.#count = 0;
    this.#expect(this.#latest === NO_PLACE ? NO_PLACE : (this.#followers[this.#latest] as number));
  }

  /** The offset behind the name at `start`; -1 when there is no name, or the name is left to JSON.parse. */
  read(bytes: Buffer, start: number): number {
    const end = this.#next < this.#end ? this.#after(bytes, start) : -1;
    const isExpected = end >= 0;
    const node = isExpected ? undefined : this.#tree.follow(this.node, bytes, start);
    // Expected names and others take one way: the first records of a log have only new names, and V8 compiles that way.
    this.#next += isExpected ? 1 : 0;
    this.#count++;
    this.#node = node;
    if (isExpected) return end;
    if (node === undefined) return -1;
    this.#expect(node.ahead);
    return start + node.end - node.start;
  }

  /** Ends the record. Undefined when it is left to JSON.parse, since a name occurs twice. */
  end(): Shape | undefined {
    let place = this.#expected;
    const isWhole = this.#next === this.#end;
    if (this.#node !== undefined || !isWhole) {
      const shape = this.#tree.shapeOf(this.node);
      if (shape === undefined) return undefined;
      if (shape.place === NO_PLACE && this.#hasRoom) this.#add(shape);
      place = shape.place;
      if (place === NO_PLACE) return shape;
    }
    if (this.#latest !== NO_PLACE) this.#followers[this.#latest] = place;
    this.#latest = place;
    return this.#shapes[place];
  }

  /** The offset behind the expected name, if that name is at `start`; else -1. */
  #after(bytes: Buffer, start: number): number {
    const index = this.#next;
    const begin = index === 0 ? 0 : (this.#ends[index - 1] as number);
    return this.#bytes.after(begin, this.#ends[index] as number, bytes, start);
  }

  /** Expects the names of a shape that follow those of the record so far. */
  #expect(place: number): void {
    this.#expected = place;
    this.#next = place === NO_PLACE ? 0 : (this.#firsts[place] as number) + this.#count;
    this.#end = place === NO_PLACE ? 0 : (this.#firsts[place + 1] as number);
  }

  /** Gives the shape of the record a place. */
  #add(shape: KnownShape): void {
    const place = this.#shapes.length;
    const nodes: KeyNode[] = [];
    for (let node = this.node; node.parent !== undefined; node = node.parent) nodes.push(node);
    const { data } = this.#tree.bytes;
    for (const node of nodes.reverse()) {
      if (node.ahead === NO_PLACE) node.ahead = place;
      this.#nodes.push(node);
      this.#bytes.add(data, node.start, node.end);
      this.#ends.push(this.#bytes.length);
    }
    shape.place = place;
    this.#shapes.push(shape);
    this.#firsts.push(this.#nodes.length);
    this.#followers.push(place);
  }
}
