/**
 * Types for the parts of `@std/async`, `@std/streams` and `@std/yaml` that examples and tests use.
 *
 * `deno.json` maps those names to the npm package `deno-std`: the official code, but as JavaScript without types. So
 * a machine that reaches npm and not JSR builds the whole project. With JSR, the same imports come from
 * `jsr:@std/async@1` and the like, which have their own types.
 */

declare module "@std/async/abortable" {
  export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T>;
  export function abortable<T>(iterable: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T>;
}

declare module "@std/async/deadline" {
  export interface DeadlineOptions {
    signal?: AbortSignal;
  }
  export function deadline<T>(promise: Promise<T>, ms: number, options?: DeadlineOptions): Promise<T>;
}

declare module "@std/async/delay" {
  export interface DelayOptions {
    signal?: AbortSignal;
    /** @default true */
    persistent?: boolean;
  }
  export function delay(ms: number, options?: DelayOptions): Promise<void>;
}

declare module "@std/async/mux-async-iterator" {
  export class MuxAsyncIterator<T> implements AsyncIterable<T> {
    add(iterable: AsyncIterable<T>): void;
    [Symbol.asyncIterator](): AsyncIterator<T>;
  }
}

declare module "@std/async/pool" {
  export function pooledMap<T, R>(
    poolLimit: number,
    array: Iterable<T> | AsyncIterable<T>,
    iteratorFn: (data: T) => Promise<R>,
  ): AsyncIterableIterator<R>;
}

declare module "@std/async/retry" {
  export interface RetryOptions {
    /** @default 2 */
    multiplier?: number;
    /** @default 60000 */
    maxTimeout?: number;
    /** @default 5 */
    maxAttempts?: number;
    /** @default 1000 */
    minTimeout?: number;
    /** @default 1 */
    jitter?: number;
    /** An error for which this answers false is thrown at once, as it is. */
    isRetriable?: (error: unknown) => boolean;
    signal?: AbortSignal;
  }
  export class RetryError extends Error {
    constructor(cause: unknown, attempts: number);
  }
  export function retry<T>(fn: () => Promise<T> | T, options?: RetryOptions): Promise<T>;
}

declare module "@std/async/tee" {
  export function tee<T, N extends number = 2>(iterable: AsyncIterable<T>, n?: N): AsyncIterable<T>[];
}

declare module "@std/streams/buffer" {
  export class Buffer {
    constructor(bytes?: ArrayBufferLike | ArrayLike<number>);
    get readable(): ReadableStream<Uint8Array>;
    get writable(): WritableStream<Uint8Array>;
    bytes(options?: { copy: boolean }): Uint8Array;
  }
}

declare module "@std/streams/byte-slice-stream" {
  export class ByteSliceStream extends TransformStream<Uint8Array, Uint8Array> {
    /** Both inclusive. */
    constructor(start?: number, end?: number);
  }
}

declare module "@std/streams/concat-readable-streams" {
  export function concatReadableStreams<T>(...streams: ReadableStream<T>[]): ReadableStream<T>;
}

declare module "@std/streams/delimiter-stream" {
  export class DelimiterStream extends TransformStream<Uint8Array, Uint8Array> {
    constructor(delimiter: Uint8Array, options?: { disposition?: "suffix" | "prefix" | "discard" });
  }
}

declare module "@std/streams/early-zip-readable-streams" {
  export function earlyZipReadableStreams<T>(...streams: ReadableStream<T>[]): ReadableStream<T>;
}

declare module "@std/streams/limited-bytes-transform-stream" {
  export interface LimitedBytesTransformStreamOptions {
    /** Throws a `RangeError` past the limit instead of ending. */
    error?: boolean;
  }
  export class LimitedBytesTransformStream extends TransformStream<Uint8Array, Uint8Array> {
    constructor(size: number, options?: LimitedBytesTransformStreamOptions);
  }
}

declare module "@std/streams/limited-transform-stream" {
  export class LimitedTransformStream<T> extends TransformStream<T, T> {
    constructor(size: number, options?: { error?: boolean });
  }
}

declare module "@std/streams/merge-readable-streams" {
  export function mergeReadableStreams<T>(...streams: ReadableStream<T>[]): ReadableStream<T>;
}

declare module "@std/streams/text-delimiter-stream" {
  export class TextDelimiterStream extends TransformStream<string, string> {
    constructor(delimiter: string, options?: { disposition?: "suffix" | "prefix" | "discard" });
  }
}

declare module "@std/streams/text-line-stream" {
  export class TextLineStream extends TransformStream<string, string> {
    constructor(options?: { allowCR?: boolean });
  }
}

declare module "@std/streams/to-array-buffer" {
  export function toArrayBuffer(stream: ReadableStream<Uint8Array>): Promise<ArrayBuffer>;
}

declare module "@std/streams/to-blob" {
  export function toBlob(stream: ReadableStream<Uint8Array>): Promise<Blob>;
}

declare module "@std/streams/to-bytes" {
  export function toBytes(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>>;
}

declare module "@std/streams/to-text" {
  export function toText(stream: ReadableStream): Promise<string>;
}

declare module "@std/streams/to-json" {
  export function toJson(stream: ReadableStream): Promise<unknown>;
}

declare module "@std/streams/to-transform-stream" {
  export function toTransformStream<I, O>(
    transformer: (source: ReadableStream<I>) => Iterable<O> | AsyncIterable<O>,
  ): TransformStream<I, O>;
}

declare module "@std/streams/zip-readable-streams" {
  export function zipReadableStreams<T>(...streams: ReadableStream<T>[]): ReadableStream<T>;
}

declare module "@std/yaml/parse" {
  export function parse(text: string): unknown;
}
