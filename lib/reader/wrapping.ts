/** Reads logs that consoles and containers have wrapped. */
import { TextDecoder } from 'node:util';
import { CRI, type Wrapping } from '../sink/log-kind.js';

const NEWLINE = 0x0a;

/** Removes the wrapping, chunk by chunk. */
export interface Unwrapper {
  push(chunk: Buffer): Buffer;
  /** The rest of the content, at the end of the log. */
  end(): Buffer;
}

export function unwrapper(wrapping: Wrapping): Unwrapper {
  switch (wrapping) {
    case 'json-file':
      return new LineUnwrapper(unwrapJson);
    case 'cri':
      return new LineUnwrapper(unwrapCri);
    default:
      return new Transcoder(wrapping);
  }
}

class Transcoder implements Unwrapper {
  readonly #decoder: InstanceType<typeof TextDecoder>;

  constructor(encoding: string) {
    this.#decoder = new TextDecoder(encoding);
  }

  push(chunk: Buffer): Buffer {
    return Buffer.from(this.#decoder.decode(chunk, { stream: true }));
  }

  end(): Buffer {
    return Buffer.from(this.#decoder.decode());
  }
}

/** The content of a wrapped line: its stream and its text. The last piece of a line ends in a newline. */
type Piece = readonly [stream: string, text: string];

class LineUnwrapper implements Unwrapper {
  readonly #unwrap: (line: string) => Piece | undefined;
  #rest: Buffer[] = [];
  /** The incomplete line of each stream. */
  readonly #pieces = new Map<string, string>();

  constructor(unwrap: (line: string) => Piece | undefined) {
    this.#unwrap = unwrap;
  }

  push(chunk: Buffer): Buffer {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    // Copied: the chunk's memory is used again.
    const rest = Buffer.from(chunk.subarray(end));
    if (end === 0) {
      this.#rest.push(rest);
      return rest.subarray(0, 0);
    }
    const text = Buffer.concat([...this.#rest, chunk.subarray(0, end)]).toString();
    this.#rest = [rest];
    return Buffer.from(this.#lines(text));
  }

  end(): Buffer {
    const last = Buffer.concat(this.#rest).toString();
    this.#rest = [];
    const text = (last === '' ? '' : this.#lines(last)) + [...this.#pieces.values()].join('\n');
    this.#pieces.clear();
    return Buffer.from(text);
  }

  #lines(text: string): string {
    let unwrapped = '';
    for (const line of text.split(/(?<=\n)/)) {
      const piece = this.#unwrap(line);
      // A line without wrapping is passed on as it is.
      const [stream, part] = piece ?? ['', line];
      const whole = (this.#pieces.get(stream) ?? '') + part;
      const isWhole = piece === undefined || part.endsWith('\n');
      if (isWhole) unwrapped += whole;
      if (isWhole) this.#pieces.delete(stream);
      else this.#pieces.set(stream, whole);
    }
    return unwrapped;
  }
}

function unwrapJson(line: string): Piece | undefined {
  try {
    const { log, stream } = JSON.parse(line) as { log?: unknown; stream?: unknown };
    return typeof log === 'string' ? [String(stream), log] : undefined;
  } catch {
    return undefined;
  }
}

function unwrapCri(line: string): Piece | undefined {
  const [head, stream, tag] = CRI.exec(line) ?? [];
  if (head === undefined || stream === undefined) return undefined;
  const text = line.slice(head.length);
  return [stream, tag === 'P' ? text.replace(/\r?\n$/, '') : text];
}
