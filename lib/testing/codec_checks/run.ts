/**
 * One run of a decoder over bytes in pieces, and everything that came of it.
 *
 * @module
 */
import { ByteQueue } from "../../byte_queue.ts";
import type { Codec, Decoder } from "../../codec.ts";
import { END, UNEXPECTED } from "../../demand.ts";
import { FrameDemand } from "../../frame_demand.ts";
import { sameFrame } from "./same_frame.ts";

/** One thing that came of the bytes. */
export type RunEvent<T> =
  /** `end`: bytes consumed with it; not known where frames were taken in batches. */
  | { readonly kind: "frame"; readonly frame: T; readonly end: number | undefined; readonly atEnd: boolean }
  | { readonly kind: "error"; readonly error: string }
  /** The end of stream: in order, or inside a frame. */
  | { readonly kind: "end" | "cut" };

/** Everything that came of the bytes. */
export interface Run<T> {
  readonly events: readonly RunEvent<T>[];
  /** Bytes that nobody consumed. */
  readonly left: number;
}

/** Runs a fresh decoder over pieces and then the end of stream. */
export function run<T>(codec: Codec<T, never>, pieces: readonly Uint8Array[], batches = false): Run<T> {
  return new Runner(codec.decoder(), batches).run(pieces);
}

class Runner<T> {
  readonly #queue: ByteQueue = new ByteQueue();
  readonly #events: RunEvent<T>[] = [];
  readonly #demand: FrameDemand<T>;
  readonly #recovers: boolean;
  readonly #batches: boolean;

  constructor(decoder: Decoder<T>, batches: boolean) {
    this.#demand = new FrameDemand(decoder);
    this.#recovers = decoder.recovers ?? false;
    this.#batches = batches;
  }

  run(pieces: readonly Uint8Array[]): Run<T> {
    let ahead = pieces.reduce((sum, { length }) => sum + length, 0);
    for (const piece of pieces) {
      this.#queue.append(piece);
      ahead -= piece.length;
      if (!this.#until(() => this.#step())) return { events: this.#events, left: this.#queue.length + ahead };
    }
    this.#until(() => this.#atEnd());
    return { events: this.#events, left: this.#queue.length };
  }

  /** Steps until there is nothing more; `false` when the decoder is finished. */
  #until(step: () => boolean): boolean {
    for (;;) {
      try {
        if (!step()) return true;
      } catch (error) {
        this.#events.push({ kind: "error", error: String(error) });
        if (!this.#recovers) return false;
      }
    }
  }

  #step(): boolean {
    const frames = this.#batches ? this.#demand.takeAll(this.#queue) : this.#one();
    const end = this.#batches ? undefined : this.#queue.taken;
    for (const frame of frames ?? []) this.#events.push({ kind: "frame", frame: copied(frame), end, atEnd: false });
    return frames !== undefined;
  }

  #one(): T[] | undefined {
    const frame = this.#demand.take(this.#queue);
    return frame === undefined ? undefined : [frame];
  }

  #atEnd(): boolean {
    const last = this.#demand.end(this.#queue);
    if (last === END || last === UNEXPECTED) {
      this.#events.push({ kind: last === END ? "end" : "cut" });
      return false;
    }
    this.#events.push({ kind: "frame", frame: copied(last), end: this.#queue.taken, atEnd: true });
    return true;
  }
}

/** A copy of a frame's bytes, which may be lent, or the frame itself where it has none. */
export function copied<T>(frame: T): T {
  return frame instanceof Uint8Array ? new Uint8Array(frame) as T & Uint8Array : frame;
}

/** The frames of a run. */
export function framesOf<T>(result: Run<T>): T[] {
  return result.events.flatMap((event) => event.kind === "frame" ? [event.frame] : []);
}

/** Where two runs over the same bytes differ; `undefined` when they do not. */
export function difference<T>(actual: Run<T>, wanted: Run<T>): string | undefined {
  const count = Math.max(actual.events.length, wanted.events.length);
  for (let i = 0; i < count; i++) {
    const [a, b] = [actual.events[i], wanted.events[i]];
    if (!sameEvent(a, b)) return `event ${i + 1} is ${shown(a)}, not ${shown(b)}`;
  }
  return actual.left === wanted.left ? undefined : `${actual.left} bytes are left, not ${wanted.left}`;
}

function sameEvent<T>(a: RunEvent<T> | undefined, b: RunEvent<T> | undefined): boolean {
  if (a?.kind !== b?.kind) return false;
  if (a?.kind === "error" && b?.kind === "error") return a.error === b.error;
  if (a?.kind !== "frame" || b?.kind !== "frame") return true;
  return sameFrame(a.frame, b.frame) && (a.end === b.end || a.end === undefined || b.end === undefined);
}

function shown<T>(event: RunEvent<T> | undefined): string {
  if (event?.kind === "frame") return `the frame ${showFrame(event.frame)} up to byte ${event.end ?? "?"}`;
  if (event?.kind === "error") return `the error "${event.error}"`;
  if (event === undefined) return "missing";
  return event.kind === "end" ? "the end of stream" : "the end of stream inside a frame";
}

/** A frame as it reads in a message. */
export function showFrame(frame: unknown): string {
  const text = frame instanceof Uint8Array
    ? `[${frame}]`
    : JSON.stringify(frame, (_, value) => typeof value === "bigint" ? `${value}n` : value) ?? String(frame);
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}
