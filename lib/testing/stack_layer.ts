import type { Transport } from "../transport.ts";
import { Intake } from "./intake.ts";

/** What stands between two faults of a stack, and on top of them. */
export interface Joint {
  /** Something has come to its source. */
  onArrival(): void;
  /** Something below has failed while nobody waited. */
  hurry(): void;
}

/** Where a joint's bytes come from. Passes from joint to joint, with the read that is under way. */
export interface Source<J extends Joint> {
  owner: J;
  readonly intake: Intake;
  /** The fault that it reads; the socket is none. */
  readonly layer: Layer<J> | undefined;
}

/** Where a joint's bytes go to. Passes from joint to joint, with the write that is under way. */
export interface Sink<J extends Joint> {
  owner: J;
  readonly target: Transport;
  readonly layer: Layer<J> | undefined;
  /** The write that is under way; never rejects. */
  writing: Promise<unknown>;
}

/** A fault between two joints. */
export interface Layer<J extends Joint> {
  readonly transport: Transport;
  /** The joint that it stands on. */
  readonly lower: J;
  source: Source<J>;
  sink: Sink<J>;
  removed: boolean;
  /** A half-close went into it: what comes out below is that one, not the end of the draining. */
  halfClosed: boolean;
  /** Settles when nothing that was written is left inside. */
  drained: Promise<void> | undefined;
  /** Directions in which it is still part of the way. */
  directions: number;
}

export function makeSource<J extends Joint>(transport: Transport, owner: J, layer: Layer<J> | undefined): Source<J> {
  const source: Source<J> = { owner, layer, intake: new Intake(transport, () => source.owner.onArrival()) };
  transport.watch?.(() => source.owner.hurry());
  return source;
}

export function makeSink<J extends Joint>(target: Transport, owner: J, layer: Layer<J> | undefined): Sink<J> {
  return { owner, layer, target, writing: Promise.resolve() };
}

/** A fault on `lower`; `reader` reads it, `writer` writes it. */
export function makeLayer<J extends Joint>(transport: Transport, lower: J, reader: J, writer: J): Layer<J> {
  const state = { removed: false, halfClosed: false, drained: undefined, directions: 2 };
  const layer = { transport, lower, ...state } as Layer<J>;
  layer.source = makeSource(transport, reader, layer);
  layer.sink = makeSink(transport, writer, layer);
  return layer;
}

/** One direction is past it. Behind the second, what it has of timers and reads goes. */
export function out<J extends Joint>(layer: Layer<J>): void {
  if (--layer.directions === 0) layer.transport.release();
}
