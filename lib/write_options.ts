/**
 * What the methods of a Writer take.
 *
 * @module
 */
import { checkBoolean, checkOptions, checkSignal, checkTimeout, show } from "./arguments.ts";

/** How long to wait; giving up aborts the connection, because an unknown part may have left. */
export interface WriteOptions {
  /** Gives up and aborts the connection. */
  signal?: AbortSignal | undefined;
  /**
   * Bounds the whole call, in ms.
   *
   * @default {Infinity}
   */
  timeout?: number | undefined;
}

/** How long to wait; giving up leaves the connection as it is. */
export interface DrainOptions extends WriteOptions {
  /** Allowed for symmetry with reads: giving up a drain or flush never aborts the connection. */
  keepOpen?: boolean | undefined;
}

/** What `write` takes. */
export type Writable = Uint8Array | string | readonly (Uint8Array | string)[];

/** Checks how long to wait. */
export function checkWriteOptions(options: DrainOptions | undefined, keepOpenAllowed = false): void {
  if (options === undefined) return;
  checkOptions(options);
  checkSignal(options.signal);
  checkTimeout("timeout", options.timeout);
  checkBoolean("keepOpen", options.keepOpen);
  if (options.keepOpen && !keepOpenAllowed) {
    throw new TypeError("Cannot use keepOpen true: part of the bytes may have been sent when this call is given up");
  }
}

/** Checks what to write. */
export function checkData(data: unknown): void {
  if (typeof data === "string" || ArrayBuffer.isView(data)) return;
  if (!Array.isArray(data)) {
    throw new TypeError(
      `Cannot write ${show(data)}: it must be a Uint8Array, a string or an array of them`,
    );
  }
  for (const part of data) {
    if (typeof part !== "string" && !ArrayBuffer.isView(part)) {
      throw new TypeError(
        `Cannot write an array with ${show(part)} in it: it must hold Uint8Arrays or strings`,
      );
    }
  }
}

/** Any view as bytes. */
export function bytesOf(data: ArrayBufferView): Uint8Array {
  return data instanceof Uint8Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Shared memory is copied: its owner may change it, and runtimes refuse it. */
export function unshared(bytes: Uint8Array): Uint8Array {
  const shared = typeof SharedArrayBuffer !== "undefined" && bytes.buffer instanceof SharedArrayBuffer;
  return shared ? new Uint8Array(bytes) : bytes;
}
