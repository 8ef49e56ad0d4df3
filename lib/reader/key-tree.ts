/**
 * The names in data, known again by their bytes: one comparison per name with the one before, or a look-up
 * where names alternate among many.
 */

import { after } from './bytes.js';

/** The names of a record's data. The same names in the same order are the same object. */
export interface Shape {
  readonly names: readonly string[];
}

/** A way through the names of a record's data, up to one of them. */
export interface KeyNode {
  /** The name as written, with its quotes. */
  readonly raw: Buffer;
  readonly shape: Shape;
  /** The first few of those that came after it; the one that came last first. */
  readonly next: KeyNode[];
  /** All of them, by a hash of the name, where they are more than a few. */
  index: Map<number, KeyNode[]> | undefined;
  /** Texts that were its value, as written and as strings. */
  readonly texts: { readonly raw: Buffer; readonly text: string }[];
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
/** Names that never come again must not fill the memory. */
const MAX_NODES = 20_000;
/** Up to here a comparison with each is cheaper than a hash. */
const FEW = 4;
/** Names of one hash that are told apart; a log could hold any number of them. */
const MAX_ALIKE = 16;

export class KeyTree {
  readonly root = keyNode(Buffer.alloc(0), []);
  #nodes = 0;

  /** Whether no further names are kept. */
  get isFull(): boolean {
    return this.#nodes === MAX_NODES;
  }

  /** The node of the name at `at`; undefined where it is none, or one for the slow way. */
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

  #lookUp(
    node: KeyNode,
    index: Map<number, KeyNode[]>,
    bytes: Buffer,
    at: number,
  ): KeyNode | undefined {
    // In most logs of many names the same record comes again and again.
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
    // What an object would not keep, or would keep once, is for JSON.parse.
    if (name === undefined || name === '__proto__' || node.shape.names.includes(name)) {
      return undefined;
    }
    this.#nodes++;
    const added = keyNode(raw, [...node.shape.names, name]);
    if (node.index === undefined && node.next.length === FEW) {
      node.index = new Map();
      for (const one of node.next) enter(node.index, one);
    }
    if (node.index === undefined) {
      node.next.unshift(added);
    } else {
      enter(node.index, added);
      node.next[0] = added;
    }
    return added;
  }
}

function keyNode(raw: Buffer, names: readonly string[]): KeyNode {
  return { raw, shape: { names }, next: [], index: undefined, texts: [] };
}

function enter(index: Map<number, KeyNode[]>, node: KeyNode): void {
  const hash = hashOfName(node.raw, 0);
  const others = index.get(hash);
  if (others === undefined) index.set(hash, [node]);
  else others.push(node);
}

/** Of the bytes up to the first quote behind the one at `start`, whether that ends the name or not. */
function hashOfName(bytes: Buffer, start: number): number {
  let hash = 0;
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) break;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  // A small integer to the engine.
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
