/**
 * Real conversations as scripts.
 *
 * @module
 */
import { ConnectionAbortedError } from "../errors.ts";
import type { Transport } from "../transport.ts";
import { type Script, script, type ScriptOptions } from "./script.ts";
import type { ScriptBytes, ScriptStep } from "./script/step.ts";
import { WrappedTransport } from "./wrapped_transport.ts";

/** What happened, as this side saw it; bytes of one direction in a row are one event. */
type Event = { readonly kind: "wrote" | "read"; bytes: number[] } | { readonly kind: "ended" | "peer-ended" | "reset" };

/**
 * One recorded conversation. Made by `record`.
 *
 * @example What this side said is what a script of the other end expects
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, record } from "@hawser/net/testing";
 *
 * const recording = record();
 * await using pair = connectionPair({ wrap: recording.wrap });
 * await pair.local.writer.write("hello\n");
 * await pair.peer.reader.readLine();
 * assert.deepEqual(recording.toJSON(), [{ expect: "hello\n" }]);
 * ```
 */
export class Recording {
  readonly #events: Event[] = [];
  #used = false;

  /** For `wrap` of every door: records what passes, and changes nothing. */
  readonly wrap: (transport: Transport) => Transport = (transport) => {
    if (this.#used) throw new TypeError("Cannot record a second connection: make a recording for each");
    this.#used = true;
    return new RecordingTransport(transport, this.#events);
  };

  /** The peer's side as data: what was written is expected, what was read is sent. Text stays text, the rest is base64. */
  toJSON(): ScriptStep[] {
    return this.#events.map((event): ScriptStep => {
      switch (event.kind) {
        case "wrote":
          return { expect: readable(event.bytes) };
        case "read":
          return { send: readable(event.bytes) };
        case "ended":
          return { expectEnd: true };
        case "peer-ended":
          return { closeWrite: true };
        case "reset":
          return { reset: true };
      }
    });
  }

  /** The peer's side as TypeScript, to paste into a test. */
  toSource(): string {
    const lines = this.toJSON().map((step) => {
      const [[kind, value]] = Object.entries(step) as [[string, unknown]];
      const literal = typeof value === "object"
        ? `{ base64: ${JSON.stringify((value as { base64: string }).base64)} }`
        : JSON.stringify(value);
      return `  { ${kind}: ${literal} },\n`;
    });
    return `script([\n${lines.join("")}])`;
  }

  /**
   * The peer's side, ready to be played.
   *
   * @param options Name and patience.
   */
  toScript(options?: ScriptOptions): Script {
    return script(this.toJSON(), options);
  }
}

/** Sees both directions. */
class RecordingTransport extends WrappedTransport {
  readonly #events: Event[];

  constructor(inner: Transport, events: Event[]) {
    super(inner);
    this.#events = events;
  }

  override async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    try {
      const count = await this.inner.read(into);
      if (count === null) this.#once("peer-ended");
      else this.#bytes("read", into.subarray(0, count));
      return count;
    } catch (error) {
      if (ConnectionAbortedError.is(error) && error.reason === "reset") this.#once("reset");
      throw error;
    }
  }

  override write(chunks: readonly Uint8Array[]): Promise<void> {
    // Noted before: the answer may come before the kernel has said that it has everything.
    for (const chunk of chunks) this.#bytes("wrote", chunk);
    return this.inner.write(chunks);
  }

  override closeWrite(): Promise<void> {
    this.#once("ended");
    return this.inner.closeWrite();
  }

  #bytes(kind: "wrote" | "read", bytes: Uint8Array): void {
    const last = this.#events.at(-1);
    const event = last?.kind === kind ? last : { kind, bytes: [] };
    if (event !== last) this.#events.push(event);
    for (const byte of bytes) event.bytes.push(byte);
  }

  #once(kind: "ended" | "peer-ended" | "reset"): void {
    if (!this.#events.some((event) => event.kind === kind)) this.#events.push({ kind });
  }
}

/** Text where it is text. */
function readable(numbers: readonly number[]): ScriptBytes {
  const bytes = Uint8Array.from(numbers);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { base64: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")) }; // No UTF-8.
  }
}

/**
 * Records one real conversation, to replay it without its peer.
 *
 * What is recorded is the order in which this side wrote and read, not the time, and not how the bytes were cut: the replay
 * expects the same bytes in pieces of any size. So it fits protocols of questions and answers; where both sides talk at
 * once the order of the recorded run is the only one that the replay takes.
 *
 * @returns The recording, empty; give its `wrap` to `connect`, `listen` or `connectionPair`.
 * @example Record, then replay
 * ```ts
 * import assert from "node:assert/strict";
 * import type { Connection } from "@hawser/net";
 * import { record, script } from "@hawser/net/testing";
 *
 * async function ping({ reader, writer }: Connection): Promise<string> {
 *   await writer.write("PING\r\n");
 *   return await reader.readLine({ required: true });
 * }
 *
 * const recording = record();
 * {
 *   await using real = script().expect("PING\r\n").send("+PONG\r\n").connection({ wrap: recording.wrap });
 *   assert.equal(await ping(real.connection), "+PONG");
 * }
 * assert.deepEqual(recording.toJSON(), [{ expect: "PING\r\n" }, { send: "+PONG\r\n" }]);
 *
 * await using replay = recording.toScript().connection();
 * assert.equal(await ping(replay.connection), "+PONG");
 * ```
 */
export function record(): Recording {
  return new Recording();
}
