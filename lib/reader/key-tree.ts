/**
 * Recognises the names in data by their bytes: compares a name with the one that came last at its place, or looks
 * the name up by hash where many names alternate.
 */

import { BytesList } from './bytes-list.js';

/** The names of a record's data. The same names in the same order are the same object. */
export interface Shape {
  readonly names: readonly string[];
}

/** In place of a shape's place: none. */
export const NO_PLACE = -1;

/** A shape, and its place among those that a reader expects. */
export interface KnownShape extends Shape {
  place: number;
}

/** A sequence of names in a record's data, from the first name up to one name. */
export interface KeyNode {
  /** Undefined before the first name. */
  readonly parent: KeyNode | undefined;
  readonly name: string;
  /** Where the name as written, with its quotes, lies among the bytes of the tree's names. */
  readonly start: number;
  readonly end: number;
  /** Undefined until a record ends with this name. */
  shape: KnownShape | undefined;
  /** The place of the first shape that went through this name. */
  ahead: number;
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

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const TILDE = 0x7e;
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
  readonly root = keyNode(undefined, '', 0, 0);
  /** The names of nodes as written. */
  readonly bytes = new BytesList();
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
      if (!this.#isAt(candidate, bytes, at)) continue;
      if (i > 0) {
        next[i] = next[0] as KeyNode;
        next[0] = candidate;
      }
      return candidate;
    }
    return this.#add(node, bytes, at);
  }

  /** The names up to a node; undefined when the record is left to JSON.parse, since a name occurs twice. */
  shapeOf(node: KeyNode): KnownShape | undefined {
    node.shape ??= this.#shapeOf(node);
    return node.shape;
  }

  #shapeOf(node: KeyNode): KnownShape | undefined {
    const names: string[] = [];
    for (let at = node; at.parent !== undefined; at = at.parent) names.push(at.name);
    names.reverse();
    if (new Set(names).size < names.length || this.#names + names.length > MAX_NAMES) {
      return undefined;
    }
    this.#names += names.length;
    return { names, place: NO_PLACE };
  }

  /** Whether a node's name is at `at`. */
  #isAt({ start, end }: KeyNode, bytes: Buffer, at: number): boolean {
    return this.bytes.after(start, end, bytes, at) >= 0;
  }

  #lookUp(
    node: KeyNode,
    index: Map<number, KeyNode[]>,
    bytes: Buffer,
    at: number,
  ): KeyNode | undefined {
    // Most logs of many names repeat the same record.
    const last = node.next[0] as KeyNode;
    if (this.#isAt(last, bytes, at)) return last;
    for (const candidate of index.get(hashOfName(bytes, at)) ?? []) {
      if (!this.#isAt(candidate, bytes, at)) continue;
      node.next[0] = candidate;
      return candidate;
    }
    return this.#add(node, bytes, at);
  }

  #add(node: KeyNode, bytes: Buffer, at: number): KeyNode | undefined {
    const end = endOfName(bytes, at);
    const alike = node.index?.get(hashOfName(bytes, at))?.length ?? 0;
    if (end < 0 || this.isFull || alike === MAX_ALIKE) return undefined;
    const name = nameAt(bytes, at, end);
    // JSON.parse takes the name that an object would not keep.
    if (name === undefined || name === '__proto__') return undefined;
    this.#nodes++;
    const start = this.bytes.length;
    this.bytes.add(bytes, at, end);
    const added = keyNode(node, name, start, this.bytes.length);
    if (node.index === undefined && node.next.length === FEW) {
      node.index = new Map();
      for (const one of node.next) this.#enter(node.index, one);
    }
    if (node.next === NO_NODES) {
      // A literal takes a fraction of the memory of a list that grew.
      node.next = [added];
    } else if (node.index === undefined) {
      node.next.unshift(added);
    } else {
      this.#enter(node.index, added);
      node.next[0] = added;
    }
    return added;
  }

  #enter(index: Map<number, KeyNode[]>, node: KeyNode): void {
    const hash = hashOfName(this.bytes.data, node.start);
    const others = index.get(hash);
    if (others === undefined) index.set(hash, [node]);
    else others.push(node);
  }
}

function keyNode(parent: KeyNode | undefined, name: string, start: number, end: number): KeyNode {
  const [shape, index] = [undefined, undefined];
  return {
    parent,
    name,
    start,
    end,
    shape,
    ahead: NO_PLACE,
    next: NO_NODES,
    index,
    texts: NO_TEXTS,
  };
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

/** The name whose text with its quotes lies between two offsets; undefined when that is no text in JSON. */
function nameAt(bytes: Buffer, start: number, end: number): string | undefined {
  if (isPlain(bytes, start, end)) return bytes.toString('latin1', start + 1, end - 1);
  try {
    return String(JSON.parse(FATAL_UTF8.decode(bytes.subarray(start, end))));
  } catch {
    return undefined;
  }
}

/** Whether a text has neither escapes nor characters beyond printable ASCII. */
function isPlain(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte < SPACE || byte > TILDE || byte === BACKSLASH) return false;
  }
  return true;
}

const FATAL_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
