/**
 * Recognises the names in data by their bytes: compares a name with the one that came last at its place, or looks
 * the name up by hash where many names alternate.
 */

import { after } from './bytes.js';

/** The names of a record's data. The same names in the same order are the same object. */
export interface Shape {
  readonly names: readonly string[];
}

/** A sequence of names in a record's data, from the first name up to one name. */
export interface KeyNode {
  /** Undefined before the first name. */
  readonly parent: KeyNode | undefined;
  readonly name: string;
  /** The name as written, with its quotes. */
  readonly raw: Buffer;
  /** Undefined until a record ends with this name. */
  shape: Shape | undefined;
  /** The names that followed in the first record that came here; undefined for a name that had no alternative. */
  ahead: KeyPath | undefined;
  /** The first few names that came after this name. The name that came last is the first. */
  next: KeyNode[];
  /** All names that came after this name, by hash, when there are more than a few. */
  index: Map<number, KeyNode[]> | undefined;
  /** Texts that were the name's value, as written and as strings. */
  texts: KeptText[];
}

export interface KeptText {
  readonly raw: Buffer;
  readonly text: string;
}

/** Lists without elements yet: memory is taken only when there are some. */
const NO_NODES: KeyNode[] = [];
export const NO_TEXTS: KeptText[] = [];

/**
 * Names that follow one another. Their bytes lie together: in a log of many names a node, its name and the name's
 * bytes are in no cache of the processor.
 */
export class KeyPath {
  readonly nodes: readonly KeyNode[];
  readonly #bytes: Buffer;
  /** Where each name ends in `#bytes`. */
  readonly #ends: Uint32Array;

  constructor(nodes: readonly KeyNode[]) {
    this.nodes = nodes;
    this.#bytes = Buffer.concat(nodes.map(({ raw }) => raw));
    let end = 0;
    this.#ends = Uint32Array.from(nodes, ({ raw }) => {
      end += raw.length;
      return end;
    });
  }

  /** The offset behind the i-th name, if that name is at `start`; else -1. */
  after(i: number, bytes: Buffer, start: number): number {
    const expected = this.#bytes;
    const end = this.#ends[i] as number;
    let at = start;
    for (let k = i === 0 ? 0 : (this.#ends[i - 1] as number); k < end; k++, at++) {
      if (bytes[at] !== expected[k]) return -1;
    }
    return at;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
/** Limit on nodes: names that never come again must not fill the memory. */
const MAX_NODES = 2 ** 17;
/** Limit on the names of all shapes, likewise. */
const MAX_NAMES = 2_000_000;
/** Number of names up to which comparing with each is cheaper than a hash. */
const FEW = 4;
/** Limit on the names kept of one hash, since a log could hold any number of such names. */
const MAX_ALIKE = 16;

export class KeyTree {
  readonly root = keyNode(undefined, '', Buffer.alloc(0));
  #nodes = 0;
  #names = 0;

  /** Whether no further names are kept. */
  get isFull(): boolean {
    return this.#nodes === MAX_NODES;
  }

  /** The node of the name at `at`; undefined when there is no name, or the name is left to JSON.parse. */
  follow(node: KeyNode, bytes: Buffer, at: number): KeyNode | undefined {
    const { next, index } = node;
    if (index !== undefined) return this.#lookUp(node, index, bytes, at);
    for (let i = 0; i < next.length; i++) {
      const candidate = next[i] as KeyNode;
      if (after(bytes, at, candidate.raw) < 0) continue;
      if (i > 0) {
        next[i] = next[0] as KeyNode;
        next[0] = candidate;
      }
      return candidate;
    }
    return this.#add(node, bytes, at);
  }

  /** The names up to a node; undefined when the record is left to JSON.parse, since a name occurs twice. */
  shapeOf(node: KeyNode): Shape | undefined {
    node.shape ??= this.#shapeOf(node);
    return node.shape;
  }

  #shapeOf(node: KeyNode): Shape | undefined {
    const nodes: KeyNode[] = [];
    for (let at = node; at.parent !== undefined; at = at.parent) nodes.push(at);
    nodes.reverse();
    const names = nodes.map(({ name }) => name);
    if (new Set(names).size < names.length || this.#names + names.length > MAX_NAMES) {
      return undefined;
    }
    this.#names += names.length;
    const last = nodes.findLastIndex(({ parent }) => parent === this.root || hasSeveral(parent));
    const branch = nodes[last];
    if (branch !== undefined && last + 1 < nodes.length) {
      branch.ahead ??= new KeyPath(nodes.slice(last + 1));
    }
    return { names };
  }

  #lookUp(
    node: KeyNode,
    index: Map<number, KeyNode[]>,
    bytes: Buffer,
    at: number,
  ): KeyNode | undefined {
    // Most logs of many names repeat the same record.
    const last = node.next[0] as KeyNode;
    if (after(bytes, at, last.raw) >= 0) return last;
    for (const candidate of index.get(hashOfName(bytes, at)) ?? []) {
      if (after(bytes, at, candidate.raw) < 0) continue;
      node.next[0] = candidate;
      return candidate;
    }
    return this.#add(node, bytes, at);
  }

  #add(node: KeyNode, bytes: Buffer, at: number): KeyNode | undefined {
    const end = endOfName(bytes, at);
    const alike = node.index?.get(hashOfName(bytes, at))?.length ?? 0;
    if (end < 0 || this.isFull || alike === MAX_ALIKE) return undefined;
    const raw = Buffer.from(bytes.subarray(at, end));
    const name = decode(raw);
    // JSON.parse takes the name that an object would not keep.
    if (name === undefined || name === '__proto__') return undefined;
    this.#nodes++;
    const added = keyNode(node, name, raw);
    if (node.index === undefined && node.next.length === FEW) {
      node.index = new Map();
      for (const one of node.next) enter(node.index, one);
    }
    if (node.next === NO_NODES) {
      // A literal takes a fraction of the memory of a list that grew.
      node.next = [added];
    } else if (node.index === undefined) {
      node.next.unshift(added);
    } else {
      enter(node.index, added);
      node.next[0] = added;
    }
    return added;
  }
}

function keyNode(parent: KeyNode | undefined, name: string, raw: Buffer): KeyNode {
  const [shape, ahead, index] = [undefined, undefined, undefined];
  return { parent, name, raw, shape, ahead, next: NO_NODES, index, texts: NO_TEXTS };
}

/** Whether several names came after a name. */
function hasSeveral(node: KeyNode | undefined): boolean {
  return node !== undefined && node.next.length > 1;
}

function enter(index: Map<number, KeyNode[]>, node: KeyNode): void {
  const hash = hashOfName(node.raw, 0);
  const others = index.get(hash);
  if (others === undefined) index.set(hash, [node]);
  else others.push(node);
}

/** Hash of the bytes up to the first quote behind the quote at `start`, even if that quote does not end the name. */
function hashOfName(bytes: Buffer, start: number): number {
  let hash = 0;
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) break;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  // 30 bits: a small integer to the engine.
  return hash & 0x3fffffff;
}

function endOfName(bytes: Buffer, start: number): number {
  if (bytes[start] !== QUOTE) return -1;
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at++;
    if (byte === NEWLINE) return -1;
  }
  return -1;
}

function decode(raw: Buffer): string | undefined {
  try {
    return String(JSON.parse(FATAL_UTF8.decode(raw)));
  } catch {
    return undefined;
  }
}

const FATAL_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
