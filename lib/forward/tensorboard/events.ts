/**
 * TensorBoard's events as frames of its files. All of them are a pure function of the log: the wall time of an
 * event is the timestamp of its record, so that the same log makes the same bytes.
 */
import type { JsonValue } from '../../reader/types.js';
import { maskedCrc32c } from '../crc32c.js';
import { Message } from './message.js';

/** Fields of the message Event, and of the messages in it. */
const EVENT = { wallTime: 1, step: 2, version: 3, summary: 5, session: 7 } as const;
const SUMMARY_VALUE = 1;
const VALUE = { tag: 1, number: 2, tensor: 8, metadata: 9 } as const;
const METADATA = { plugin: 1, displayName: 2, description: 3, dataClass: 4 } as const;
const PLUGIN = { name: 1, content: 2 } as const;
const TENSOR = { type: 1, shape: 2, strings: 8 } as const;
const SHAPE_DIMENSION = 2;
const DIMENSION_SIZE = 1;
const FLOAT_TYPE = 1;
const STRING_TYPE = 7;
const SCALAR_DATA = 1;
const TENSOR_DATA = 2;
const SESSION_STATUS = 1;
const SESSION_START = 1;
const HPARAMS = { start: 3, end: 4 } as const;
const START_INFO = { parameters: 1, time: 5 } as const;
const END_INFO = { status: 1, time: 2 } as const;
const SUCCESS = 1;
const PARAMETER = { number: 2, text: 3, boolean: 4 } as const;

/** Bytes around the data of a frame: the length, the length's checksum, and the data's checksum. */
export const HEADER = 12;
export const FOOTER = 4;

/** The summary of one form of record: only its numbers change. */
export interface ScalarTemplate {
  readonly summary: Uint8Array;
  /** The offset of each metric's number in the summary. */
  readonly places: readonly number[];
}

/** @param descriptions By metric, Markdown that TensorBoard shows beside its chart. */
export function scalarTemplate(
  tags: readonly string[],
  descriptions: readonly (string | undefined)[],
): ScalarTemplate {
  const summary = new Message();
  const places = tags.map((tag, i) => {
    const value = new Message().text(VALUE.tag, tag);
    const place = value.float(VALUE.number, 0);
    const description = descriptions[i];
    if (description !== undefined) {
      value.message(VALUE.metadata, (metadata) => {
        metadata
          .message(METADATA.plugin, (plugin) => plugin.text(PLUGIN.name, 'scalars'))
          .text(METADATA.displayName, tag)
          .text(METADATA.description, description)
          .varint(METADATA.dataClass, SCALAR_DATA);
      });
    }
    summary.data(SUMMARY_VALUE, value.take());
    return summary.length - value.length + place;
  });
  return { summary: summary.take(), places };
}

/** Frames, one after another, in memory that is reused. */
export class EventFrames {
  readonly #frames = new Message(2 ** 16);

  get length(): number {
    return this.#frames.length;
  }

  /** The frames so far; valid until the next frame is added. */
  take(): Uint8Array {
    const frames = this.#frames.bytes.subarray(0, this.#frames.length);
    this.#frames.clear();
    return frames;
  }

  /** The first event of every file. */
  version(time: number): void {
    const start = this.#begin();
    this.#frames.double(EVENT.wallTime, time).text(EVENT.version, 'brain.Event:2');
    this.#end(start);
  }

  /** A session begins: TensorBoard hides what earlier sessions have at this step and later. */
  sessionStart(time: number, step: number): void {
    const start = this.#begin();
    this.#frames
      .double(EVENT.wallTime, time)
      .varint(EVENT.step, step)
      .message(EVENT.session, (session) => session.varint(SESSION_STATUS, SESSION_START));
    this.#end(start);
  }

  scalars(
    time: number,
    step: number,
    { summary, places }: ScalarTemplate,
    values: ArrayLike<number>,
  ): void {
    const start = this.#begin();
    const frames = this.#frames;
    frames.double(EVENT.wallTime, time).varint(EVENT.step, step).data(EVENT.summary, summary);
    const base = frames.length - summary.length;
    for (let i = 0; i < places.length; i++) {
      frames.setFloat(base + (places[i] as number), values[i] as number);
    }
    this.#end(start);
  }

  /** Markdown for the tab of texts. */
  text(time: number, step: number, tag: string, markdown: string): void {
    this.#value(time, step, tag, (value) => {
      value
        .message(VALUE.metadata, (metadata) => {
          metadata
            .message(METADATA.plugin, (plugin) => plugin.text(PLUGIN.name, 'text'))
            .varint(METADATA.dataClass, TENSOR_DATA);
        })
        .message(VALUE.tensor, (tensor) => {
          tensor.varint(TENSOR.type, STRING_TYPE).message(TENSOR.shape, (shape) => {
            shape.message(SHAPE_DIMENSION, (size) => size.varint(DIMENSION_SIZE, 1));
          });
          tensor.text(TENSOR.strings, markdown);
        });
    });
  }

  /** The parameters of a run, for the tab of hyperparameters. */
  parameters(time: number, parameters: Iterable<readonly [string, JsonValue]>): void {
    this.#hparams(time, '_hparams_/session_start_info', HPARAMS.start, (info) => {
      for (const [name, value] of parameters) {
        info.message(START_INFO.parameters, (entry) => {
          entry.text(1, name).message(2, (inner) => addParameter(inner, value));
        });
      }
      info.double(START_INFO.time, time);
    });
  }

  /** The run has logged its results. */
  end(time: number): void {
    this.#hparams(time, '_hparams_/session_end_info', HPARAMS.end, (info) => {
      info.varint(END_INFO.status, SUCCESS).double(END_INFO.time, time);
    });
  }

  #hparams(time: number, tag: string, field: number, build: (info: Message) => void): void {
    const content = new Message().varint(1, 0).message(field, build).take();
    this.#value(time, 0, tag, (value) => {
      value
        .message(VALUE.metadata, (metadata) => {
          metadata.message(METADATA.plugin, (plugin) => {
            plugin.text(PLUGIN.name, 'hparams').data(PLUGIN.content, content);
          });
        })
        .message(VALUE.tensor, (tensor) => {
          tensor.varint(TENSOR.type, FLOAT_TYPE).message(TENSOR.shape, (shape) => {
            shape.message(SHAPE_DIMENSION, (size) => size.varint(DIMENSION_SIZE, 0));
          });
        });
    });
  }

  #value(time: number, step: number, tag: string, build: (value: Message) => void): void {
    const start = this.#begin();
    this.#frames
      .double(EVENT.wallTime, time)
      .varint(EVENT.step, step)
      .message(EVENT.summary, (summary) => {
        summary.message(SUMMARY_VALUE, (value) => build(value.text(VALUE.tag, tag)));
      });
    this.#end(start);
  }

  #begin(): number {
    return this.#frames.claim(HEADER);
  }

  #end(start: number): void {
    const frames = this.#frames;
    const data = start + HEADER;
    const end = frames.length;
    frames.setUint32(start, end - data);
    frames.setUint32(start + 4, 0);
    frames.setUint32(start + 8, maskedCrc32c(frames.bytes, start, start + 8));
    const footer = frames.claim(FOOTER);
    frames.setUint32(footer, maskedCrc32c(frames.bytes, data, end));
  }
}

function addParameter(message: Message, value: JsonValue): void {
  if (typeof value === 'number') message.double(PARAMETER.number, value);
  else if (typeof value === 'boolean') message.varint(PARAMETER.boolean, Number(value));
  else message.text(PARAMETER.text, typeof value === 'string' ? value : JSON.stringify(value));
}
