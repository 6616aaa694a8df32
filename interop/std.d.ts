/**
 * Types for the parts of `@std/async` and `@std/streams` that examples and tests use.
 *
 * `deno.json` maps those names to the npm package `deno-std`: the official code, but as JavaScript without types. So
 * a machine that reaches npm and not JSR builds the whole project. With JSR, the same imports come from
 * `jsr:@std/async@1` and `jsr:@std/streams@1`, which have their own types.
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

declare module "@std/streams/limited-bytes-transform-stream" {
  export interface LimitedBytesTransformStreamOptions {
    /** Throws a `RangeError` past the limit instead of ending. */
    error?: boolean;
  }
  export class LimitedBytesTransformStream extends TransformStream<Uint8Array, Uint8Array> {
    constructor(size: number, options?: LimitedBytesTransformStreamOptions);
  }
}

declare module "@std/streams/to-array-buffer" {
  export function toArrayBuffer(stream: ReadableStream<Uint8Array>): Promise<ArrayBuffer>;
}

declare module "@std/streams/to-bytes" {
  export function toBytes(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>>;
}

declare module "@std/streams/to-text" {
  export function toText(stream: ReadableStream): Promise<string>;
}
