/** The names in data, known again by their bytes: one comparison per name with the one before. */

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
  /** Those that came after it; the one that came last first. */
  readonly next: KeyNode[];
  /** Texts that were its value, as written and as strings. */
  readonly texts: { readonly raw: Buffer; readonly text: string }[];
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
/** Names that never come again must not fill the memory. */
const MAX_NODES = 20_000;
/** Nor must they be searched for among too many. */
const MAX_NEXT = 64;

export class KeyTree {
  readonly root = keyNode(Buffer.alloc(0), []);
  #nodes = 0;

  /** Whether no further names are kept. */
  get isFull(): boolean {
    return this.#nodes === MAX_NODES;
  }

  /** The node of the name at `at`; undefined where it is none, or one for the slow way. */
  follow(node: KeyNode, bytes: Buffer, at: number): KeyNode | undefined {
    const { next } = node;
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

  #add(node: KeyNode, bytes: Buffer, at: number): KeyNode | undefined {
    const end = endOfName(bytes, at);
    const isFull = this.isFull || node.next.length === MAX_NEXT;
    if (end < 0 || isFull) return undefined;
    const raw = Buffer.from(bytes.subarray(at, end));
    const name = decode(raw);
    // What an object would not keep, or would keep once, is for JSON.parse.
    if (name === undefined || name === '__proto__' || node.shape.names.includes(name)) {
      return undefined;
    }
    this.#nodes++;
    const added = keyNode(raw, [...node.shape.names, name]);
    node.next.unshift(added);
    return added;
  }
}

function keyNode(raw: Buffer, names: readonly string[]): KeyNode {
  return { raw, shape: { names }, next: [], texts: [] };
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
