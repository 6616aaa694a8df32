/**
 * Faults that are put around a connection, and taken away, while bytes flow: without losing one or changing their order.
 *
 * Theory of operation. Faults stand on each other; between them, and on top, is a joint.
 *
 * ```
 *   consumer ── joint ── fault 2 ── joint ── fault 1 ── joint ── socket
 *              (top: the stack)                        (lowest)
 * ```
 *
 * A joint reads into memory of its own, so a read that somebody waits for can be handed to whoever stands there next. A fault
 * comes in below the top: a new joint takes over what the top had below it (the read under way, bytes that came, where it
 * writes), and the fault stands on that. Where the top reads a fault that is just going out, the new one comes in below that,
 * for what is read. A fault goes out in three steps, and nobody has to wait for them:
 *
 * 1. The joint below it shuts: it answers "end of stream". One of our own faults is told to let everything pass, too.
 * 2. The joint above drains it: reads until that end comes out, and half-closes it until the joint below is told so. Then
 *    nothing is left inside, in that direction.
 * 3. The joint above takes over what the one below had, each direction when it is drained.
 *
 * So a fault needs to know nothing of it: any transport around a transport can be taken out, if it lets go of what it holds
 * when its stream ends.
 *
 * @module
 */
import { Change } from "../change.ts";
import { CLOSED, failureOf, transportError } from "../failure.ts";
import type { Transport } from "../transport.ts";
import { bypass } from "./faults/faulty_transport.ts";
import type { Fault } from "./faults/flaw.ts";
import {
  type Joint,
  type Layer as LayerOf,
  makeLayer,
  makeSink,
  makeSource,
  out,
  type Sink as SinkOf,
  type Source as SourceOf,
} from "./stack_layer.ts";
import { WrappedTransport } from "./wrapped_transport.ts";

type Layer = LayerOf<FaultStack>;
type Source = SourceOf<FaultStack>;
type Sink = SinkOf<FaultStack>;

/** A fault that was added to a stack. */
export interface StackedFault {
  /** Takes it away; at once, and what it holds back passes in order. Idempotent. */
  remove(): void;
  /** Puts another one in its place. */
  replace(fault: Fault): StackedFault;
}

/** A transport around which faults can be put, and taken away, at any time; also a joint within one. */
export class FaultStack extends WrappedTransport implements Joint {
  readonly #top: FaultStack;
  #source!: Source;
  #sink!: Sink;
  /** The fault above, which reads and writes this joint; the top has none. */
  #above: Layer | undefined;
  readonly #change: Change = new Change();
  #watcher: ((error: unknown) => void) | undefined;
  #waiting = false;
  #hurried = false;
  #gone = false;
  /** The fault above has half-closed. */
  readonly #closing: Promise<void>;
  #onClosing!: () => void;
  #taken = 0;
  #writing: { target: Transport; bytes: number; before: number } | undefined;
  #ended = false;

  /** @param socket What everything stands on. @param top Left out: this is it, and for now all there is. */
  constructor(socket: Transport, top?: FaultStack) {
    super(socket);
    this.#closing = new Promise((resolve) => this.#onClosing = resolve);
    this.#top = top ?? this;
    if (top === undefined) this.#take(makeSource(socket, this, undefined), makeSink(socket, this, undefined));
  }

  override get bytesTaken(): number {
    if (this.#writing === undefined) return this.#taken;
    const { target, bytes, before } = this.#writing;
    const progress = (target.bytesTaken ?? 0) - before;
    return this.#taken + Math.max(0, Math.min(bytes, progress));
  }

  /** Puts a fault on top of the others; from now on everything that comes, and that is written, passes through it. */
  add(fault: Fault): StackedFault {
    return this.#top.#insert(fault, this.#top, this.#top);
  }

  /** Puts a fault below `reader`, for what is read, and below `writer`, for what is written. */
  #insert(fault: Fault, reader: FaultStack, writer: FaultStack): StackedFault {
    // What a removed fault still holds goes on undisturbed. Otherwise faults that come and go would hand it to each other,
    // and it would never arrive.
    while (reader.#source.layer?.removed) reader = reader.#source.layer.lower;
    const lower = new FaultStack(this.inner, this.#top);
    const [source, sink] = [reader.#source, writer.#sink];
    lower.#take(source, sink);
    let layer: Layer;
    try {
      layer = makeLayer(fault(lower), lower, reader, writer);
    } catch (error) {
      reader.#take(source, undefined);
      writer.#take(undefined, sink);
      throw error;
    }
    lower.#above = layer;
    reader.#take(layer.source, undefined);
    writer.#take(undefined, layer.sink);
    if (this.#gone) layer.transport.abort();
    reader.#change.announce();
    return { remove: () => remove(layer), replace: (other) => this.#replace(layer, other) };
  }

  #replace(layer: Layer, fault: Fault): StackedFault {
    if (layer.removed) return this.add(fault);
    const added = this.#insert(fault, layer.lower, layer.sink.owner);
    remove(layer);
    return added;
  }

  override watch(onFailure: (error: unknown) => void): void {
    this.#watcher = onFailure;
  }

  override async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    for (;;) {
      const count = this.#look(into);
      if (count !== undefined) return count;
      this.#source.intake.pull();
      this.#waiting = true;
      await this.#change.next();
      this.#waiting = false;
    }
  }

  override async write(chunks: readonly Uint8Array[]): Promise<void> {
    // No await between this look and the write: a fault that is removed meanwhile must know of it.
    while (this.#sink.layer?.removed) await drain(this.#sink.layer);
    const sink = this.#sink;
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
    const { target } = sink;
    this.#writing = { target, bytes, before: target.bytesTaken ?? 0 };
    const written = target.write(chunks);
    sink.writing = written.catch(() => {});
    await written;
    this.#writing = undefined;
    this.#taken += bytes;
  }

  override async closeWrite(): Promise<void> {
    this.#onClosing();
    if (this.#above?.removed && !this.#above.halfClosed) return;
    while (this.#sink.layer?.removed) await drain(this.#sink.layer);
    const { target, layer } = this.#sink;
    if (layer !== undefined) layer.halfClosed = true;
    await target.closeWrite();
  }

  override release(): void {
    this.#leave("release");
  }

  override abort(): void {
    this.#leave("abort");
  }

  #leave(way: "release" | "abort"): void {
    if (this.#above?.directions === 0) return; // It was taken out: what stands below is somebody else's now.
    this.#gone ||= this.#above === undefined;
    this.#sink.target[way]();
    this.#change.announce();
  }

  /** Bytes, the end, a failure; `undefined`: none of them yet. */
  #look(into: Uint8Array): number | null | undefined {
    if (this.#gone) throw transportError(CLOSED, "read");
    if (this.#ended || this.#above?.removed) return null;
    let { intake } = this.#source;
    while (intake.length === 0 && intake.ended && this.#spliceSource()) intake = this.#source.intake;
    if (intake.length > 0) {
      const bytes = intake.take(into.length);
      into.set(bytes);
      return bytes.length;
    }
    if (intake.failed) throw transportError(failureOf(intake.error), "read");
    if (!intake.ended) return undefined;
    this.#ended = true;
    return null;
  }

  #take(source: Source | undefined, sink: Sink | undefined): void {
    if (source !== undefined) (this.#source = source).owner = this;
    if (sink !== undefined) (this.#sink = sink).owner = this;
  }

  /** Something has come to its source. */
  onArrival(): void {
    const { intake, layer } = this.#source;
    if (intake.ended && intake.length === 0 && this.#spliceSource()) return this.#change.announce();
    if (layer?.removed || this.#hurried) intake.pull();
    this.#change.announce();
    if (intake.failed && intake.length === 0 && !this.#waiting) this.#watcher?.(intake.error);
  }

  /** Something below has failed while nobody waited: reads on to where that shows. */
  hurry(): void {
    this.#hurried = true;
    this.#source.intake.pull();
  }

  /** Takes a removed fault that is drained out of the way of what is read. */
  #spliceSource(): boolean {
    const { layer } = this.#source;
    if (!layer?.removed) return false;
    this.#take(layer.lower.#source, undefined);
    out(layer);
    if (this.#hurried || this.#source.layer?.removed) this.#source.intake.pull();
    return true;
  }

  /** Drains what is read out of a removed fault. */
  static drainSource({ source, lower }: Layer): void {
    lower.#change.announce();
    source.owner.onArrival();
  }

  /** Drains what was written out of a removed fault, and takes it out of the way. */
  static async drainSink(layer: Layer): Promise<void> {
    const { sink, lower, transport } = layer;
    await sink.writing;
    await transport.closeWrite();
    await lower.#closing;
    sink.owner.#take(undefined, lower.#sink);
    out(layer);
  }
}

function remove(layer: Layer): void {
  if (layer.removed) return;
  layer.removed = true;
  bypass(layer.transport);
  FaultStack.drainSource(layer);
  drain(layer).catch(() => {}); // It failed: whoever writes next is told.
}

function drain(layer: Layer): Promise<void> {
  return layer.drained ??= FaultStack.drainSink(layer);
}
