/** What a codec makes of bytes: frame by frame, or everything at once so that two chunkings can be compared. */
import { ByteQueue } from "../mod.ts";
import type { Codec, Decoder } from "../lib/codecs/mod.ts";
import { END, UNEXPECTED } from "../lib/demand.ts";
import { FrameDemand } from "../lib/frame_demand.ts";

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

export function text(view: Uint8Array | undefined): string | undefined {
  return view === undefined ? undefined : new TextDecoder().decode(view);
}

/** `"00 00 09"` as bytes, with text in quotes: `"00 02 'hi'"`. */
export function hex(notation: string): Uint8Array<ArrayBuffer> {
  const parts = notation.match(/'[^']*'|[0-9a-fA-F]{2}/g) ?? [];
  return Uint8Array.from(
    parts.flatMap((part) => part.startsWith("'") ? [...bytes(part.slice(1, -1))] : [parseInt(part, 16)]),
  );
}

/** A decoder and its queue, step by step. */
export class Decoding<T> {
  readonly queue: ByteQueue = new ByteQueue();
  readonly decoder: Decoder<T>;

  constructor(codec: Codec<T, never>) {
    this.decoder = codec.decoder();
  }

  push(data: string | Uint8Array): this {
    this.queue.append(typeof data === "string" ? bytes(data) : data);
    return this;
  }

  decode(): T | undefined {
    return this.decoder.decode(this.queue);
  }

  end(): T | undefined {
    return this.decoder.end?.(this.queue);
  }

  /** Frames up to "need more". */
  all(): T[] {
    const frames: T[] = [];
    for (let frame = this.decode(); frame !== undefined; frame = this.decode()) frames.push(frame);
    return frames;
  }
}

/** One thing that comes of bytes. */
export type CodecEvent =
  | { frame: unknown }
  | { error: string }
  | { cut: number[]; expected: number | undefined }
  | "end";

/** All that comes of these pieces and then the end of stream: frames, errors, what is left. */
export function eventsOf<T>(
  codec: Codec<T, never>,
  pieces: readonly Uint8Array[],
  batches = false,
): { events: CodecEvent[]; left: number[] } {
  const queue = new ByteQueue();
  const decoder = codec.decoder();
  const demand = new FrameDemand(decoder);
  const events: CodecEvent[] = [];
  const leftovers = (): number[] => [...queue.peek(queue.length)];
  /** Until there is no more, or the decoder is finished. */
  const until = (step: () => boolean): boolean => {
    for (;;) {
      try {
        if (!step()) return true;
      } catch (error) {
        events.push({ error: String(error) });
        if (!decoder.recovers) return false;
      }
    }
  };
  const one = (frame: T | undefined): boolean => {
    if (frame !== undefined) events.push({ frame: copied(frame) });
    return frame !== undefined;
  };
  const many = (frames: T[] | undefined): boolean => frames !== undefined && frames.every(one);
  for (const piece of pieces) {
    queue.append(piece);
    if (!until(() => batches ? many(demand.takeAll(queue)) : one(demand.take(queue)))) {
      return { events, left: [...leftovers(), ...pieces.slice(pieces.indexOf(piece) + 1).flatMap((p) => [...p])] };
    }
  }
  until(() => {
    const last = demand.end(queue);
    if (last === END) events.push("end");
    else if (last === UNEXPECTED) events.push({ cut: leftovers(), expected: demand.expected });
    else return one(last);
    return false;
  });
  return { events, left: leftovers() };
}

/** A frame as it is now: what was lent may change. */
function copied(frame: unknown): unknown {
  return frame instanceof Uint8Array ? [...frame] : frame;
}
