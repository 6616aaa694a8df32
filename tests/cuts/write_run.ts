/** One method that waits for bytes to be taken, cut once. */
import assert from "node:assert/strict";
import type { Connection, ConnectionOptions, WaitOptions } from "../../mod.ts";
import type { DeafPeer, Place } from "./ends.ts";
import { MESSAGE, type WriteScenario } from "./scenarios.ts";
import { Taking } from "./transports.ts";
import {
  assertBlames,
  assertGivenUp,
  assertOver,
  blameOf,
  errorOf,
  GivenUp,
  type Result,
  resultOf,
  SOCKET_TIMEOUT,
  TIMEOUT,
  turn,
  valueOf,
  type Way,
} from "./ways.ts";

/** One run: the transport takes `offset` bytes of the message, then the cut. */
export async function cutWrite(place: Place, scenario: WriteScenario, way: Way, offset: number): Promise<void> {
  await new WriteRun(place, scenario, way, offset).run();
}

class WriteRun {
  readonly #place: Place;
  readonly #scenario: WriteScenario;
  readonly #way: Way;
  readonly #offset: number;
  readonly #controller = new AbortController();
  /** What was accepted before the message. */
  #before = 0;
  #taking!: Taking;
  #local!: Connection;
  #peer: Connection | undefined;
  #deaf: DeafPeer | undefined;

  constructor(place: Place, scenario: WriteScenario, way: Way, offset: number) {
    this.#place = place;
    this.#scenario = scenario;
    this.#way = way;
    this.#offset = offset;
  }

  async run(): Promise<void> {
    await this.#open();
    try {
      if (this.#refused) await this.#checkRefused();
      else await this.#cutIt();
    } finally {
      this.#taking.open();
      this.#local.abort();
      this.#peer?.abort();
      this.#deaf?.close();
      await Promise.all([this.#local.closed, this.#peer?.closed]);
    }
  }

  get #keepOpen(): boolean {
    return this.#way.startsWith("keepOpen");
  }

  get #refused(): boolean {
    return this.#keepOpen && this.#scenario.keepsOpen === "never";
  }

  get #closes(): boolean {
    return this.#scenario.operation === "close";
  }

  /** All that the call waits for is taken: the cut comes after it. */
  get #complete(): boolean {
    return this.#offset === MESSAGE.length && !this.#scenario.ends;
  }

  get #timeout(): number {
    return this.#place.memory ? TIMEOUT : SOCKET_TIMEOUT;
  }

  async #open(): Promise<void> {
    const options: ConnectionOptions = {
      wrap: (transport) => this.#taking = new Taking(transport),
      highWaterMark: 1, // So that write() and drain() wait for the last byte.
      ...(this.#closes && this.#way === "signal" && { signal: this.#controller.signal }),
      ...(this.#closes && this.#way === "timeout" && { closeTimeout: this.#timeout }),
    };
    if (this.#way === "reset" && this.#place.openDeaf !== undefined) {
      const { local, peer } = await this.#place.openDeaf(options);
      this.#local = local;
      this.#deaf = peer;
      await local.writer.write("unread");
      await local.writer.flush();
      this.#before = local.bytesWritten;
    } else {
      const { local, peer } = await this.#place.open(options);
      this.#local = local;
      this.#peer = peer;
    }
    if (this.#offset % 2 === 1) assert.equal(this.#local.signal.aborted, false); // As in read_run.ts.
    this.#taking.limit(this.#offset);
  }

  async #cutIt(): Promise<void> {
    const pending = resultOf(this.#call());
    // Sent now, not at the end of the turn: on a busy machine the time may have passed by then.
    if (this.#way.endsWith("timeout") && !this.#closes) void this.#local.writer.flush();
    await Promise.race([pending, this.#taking.reached]);
    await (this.#complete ? pending : turn());
    if (this.#complete) return await this.#checkComplete(await pending);
    switch (this.#way) {
      case "reset":
        return await this.#cutByReset(pending);
      case "end":
        return await this.#peerEnds(pending);
      case "close":
        return await this.#closeMeanwhile(pending);
      case "abort":
        this.#local.abort(new GivenUp());
        return await this.#checkCut(await pending);
      case "signal":
        this.#controller.abort(new GivenUp());
        return await this.#checkGivenUp(await pending);
      case "timeout":
        return await this.#checkGivenUp(await pending);
      default:
        return await this.#checkKeptOpen(pending);
    }
  }

  #call(options: WaitOptions = this.#callOptions()): Promise<unknown> {
    if (this.#scenario.afterWrite && this.#local.writer.unsentBytes === 0) void this.#local.writer.write(MESSAGE);
    return this.#scenario.call(this.#local, options);
  }

  #callOptions(): WaitOptions {
    if (this.#closes) return this.#way === "timeout" ? { timeout: this.#timeout } : {};
    return {
      ...(this.#way.endsWith("signal") && { signal: this.#controller.signal }),
      ...(this.#way.endsWith("timeout") && { timeout: this.#timeout }),
      ...(this.#keepOpen && { keepOpen: true }),
    };
  }

  /** The peer resets: who waits is told, whether a write or a read is the first to notice. */
  async #cutByReset(pending: Promise<Result<unknown>>): Promise<void> {
    const byWriting = this.#place.memory && this.#offset < MESSAGE.length;
    // A goodbye reads by itself.
    const reading = byWriting || this.#closes ? undefined : resultOf(this.#local.reader.read());
    if (this.#deaf !== undefined) this.#deaf.close();
    else this.#peer!.abort();
    if (byWriting) this.#taking.open();
    if (reading !== undefined) assertBlames(errorOf(await reading), blameOf("reset"), "read");
    await this.#checkCut(await pending);
  }

  /** A peer that has said all it wants to say still listens: the rest is sent. */
  async #peerEnds(pending: Promise<Result<unknown>>): Promise<void> {
    await this.#peer!.writer.closeWrite();
    this.#taking.open();
    valueOf(await pending);
    assert.equal(this.#local.signal.aborted, this.#closes);
    // What does not send the end of stream itself leaves the connection open for more.
    if (!this.#scenario.ends) await this.#local.writer.closeWrite();
    await this.#checkDelivered();
    if (this.#closes) await this.#checkGoodbye();
  }

  /** A close while it waits: what was accepted is sent, and the call settles with it. */
  async #closeMeanwhile(pending: Promise<Result<unknown>>): Promise<void> {
    const closing = this.#local.close();
    this.#taking.open();
    // A goodbye waits for the peer's, everything else only for the bytes.
    if (!this.#closes) valueOf(await pending);
    await this.#checkDelivered();
    await this.#peer!.writer.closeWrite();
    valueOf(await pending);
    assert.equal(await closing, await this.#local.closed);
    await this.#checkGoodbye();
    await assertOver(this.#local, blameOf("close"));
  }

  async #checkGoodbye(): Promise<void> {
    const { clean, peerEnded, bytesWritten } = await this.#local.closed;
    assert.deepEqual({ clean, peerEnded, bytesWritten }, {
      clean: true,
      peerEnded: true,
      bytesWritten: MESSAGE.length,
    });
  }

  /** A signal or a timeout without `keepOpen`. */
  async #checkGivenUp(result: Result<unknown>): Promise<void> {
    if (this.#scenario.keepsOpen === "always") await this.#checkStillOpen(result);
    else await this.#checkCut(result);
  }

  /** It was given up, the bytes still wait, and the same call can be made again. */
  async #checkStillOpen(result: Result<unknown>): Promise<void> {
    assertGivenUp(errorOf(result), this.#way, this.#controller.signal);
    assert.equal(this.#local.signal.aborted, false);
    assert.equal(this.#local.writer.unsentBytes, MESSAGE.length - this.#offset);
    this.#taking.open();
    await this.#call({});
    await this.#local.writer.closeWrite();
    await this.#checkDelivered();
  }

  async #checkKeptOpen(pending: Promise<Result<unknown>>): Promise<void> {
    if (this.#scenario.keepsOpen === "closing") return await this.#checkGoodbyeGoesOn(pending);
    if (this.#way.endsWith("signal")) this.#controller.abort(new GivenUp());
    await this.#checkStillOpen(await pending);
  }

  /** What is called during a goodbye is refused, whatever its options, and does not disturb it. */
  async #checkGoodbyeGoesOn(pending: Promise<Result<unknown>>): Promise<void> {
    const options: WaitOptions = this.#way.endsWith("signal")
      ? { keepOpen: true, signal: this.#controller.signal }
      : { keepOpen: true, timeout: TIMEOUT };
    this.#controller.abort(new GivenUp());
    for (const call of [this.#local.reader.read(options), this.#local.writer.flush(options)]) {
      const error = errorOf(await resultOf<unknown>(call)) as { reason?: string };
      assert.equal(error.reason, "closed");
    }
    await this.#peerEnds(pending);
  }

  /** What the peer has is the message, once, and then the end of stream. */
  async #checkDelivered(): Promise<void> {
    assert.deepEqual(await this.#peer!.reader.readAll(), MESSAGE);
  }

  async #checkRefused(): Promise<void> {
    assert.ok(errorOf(await resultOf(this.#call())) instanceof TypeError);
    this.#taking.open();
    await this.#call({});
    await this.#local.writer.closeWrite();
    await this.#checkDelivered();
  }

  /** It had all it wanted before the cut, which is then met by the next call. */
  async #checkComplete(result: Result<unknown>): Promise<void> {
    valueOf(result);
    assert.equal(this.#local.writer.unsentBytes, 0);
    this.#taking.open();
    if (this.#way === "reset") {
      if (this.#deaf !== undefined) this.#deaf.close();
      else this.#peer!.abort();
      assertBlames(errorOf(await resultOf(this.#local.reader.read())), blameOf("reset"), "read");
      return await assertOver(this.#local, blameOf("reset"));
    }
    if (this.#way === "abort") {
      this.#local.abort();
      return await assertOver(this.#local, blameOf("abort"));
    }
    if (this.#way === "close") return await this.#closeMeanwhile(Promise.resolve(result));
    if (this.#way === "end") return await this.#peerEnds(Promise.resolve(result));
    this.#controller.abort(new GivenUp());
    await turn();
    assert.equal(this.#local.signal.aborted, false);
    await this.#local.writer.closeWrite();
    await this.#checkDelivered();
  }

  /** The connection is over with part of the bytes: how many is known, and nobody hears that they were sent. */
  async #checkCut(result: Result<unknown>): Promise<void> {
    const blame = blameOf(this.#way);
    const lost = MESSAGE.length - this.#offset;
    const outcome = await this.#local.closed;
    assert.equal(outcome.bytesWritten, this.#before + this.#offset);
    assert.equal(outcome.unsentBytes, lost);
    assert.equal(outcome.error?.reason ?? "none", this.#reasonAfter());
    if (this.#rejects(lost)) this.#checkError(errorOf(result), lost);
    else valueOf(result);
    if (this.#way === "timeout" && this.#closes && lost === 0) await assertOver(this.#local, blameOf("close"));
    else await assertOver(this.#local, blame, this.#closes);
    await this.#checkSeen();
  }

  /** A goodbye that is out of time with everything sent ends well. */
  #reasonAfter(): string {
    const inTime = this.#way === "timeout" && this.#closes && this.#offset === MESSAGE.length;
    return inTime ? "none" : blameOf(this.#way).reason;
  }

  /** A close tells of lost bytes, unless you chose to lose them; everything else tells of the cut. */
  #rejects(lost: number): boolean {
    return this.#closes ? lost > 0 && this.#way !== "abort" : true;
  }

  #checkError(error: unknown, lost: number): void {
    const blame = blameOf(this.#way);
    assertBlames(error, blame, this.#scenario.operation);
    assert.equal(error.bytesWritten, this.#before + this.#offset);
    assert.equal(error.unsentBytes, lost);
    if (this.#way === "signal") assert.equal(error.cause, this.#controller.signal.reason);
    if (this.#way === "abort") assert.ok(error.cause instanceof GivenUp);
    if (error.retrySafe) assert.equal(this.#offset, 0, "safe to retry, though bytes have left");
  }

  /** The peer has what was taken, and no more. */
  async #checkSeen(): Promise<void> {
    if (this.#way === "reset") return;
    const seen = await resultOf(this.#peer!.reader.readAll());
    const bytes = "value" in seen ? seen.value : (seen.error as { partial?: Uint8Array }).partial ?? new Uint8Array(0);
    const ending = "value" in seen ? "end" : (seen.error as { reason: string }).reason;
    assert.deepEqual(new Uint8Array(bytes), MESSAGE.slice(0, this.#offset));
    const released = this.#reasonAfter() === "none";
    const allowed: readonly string[] = released ? ["end"] : this.#place.abortIsSeenAs;
    assert.ok(allowed.includes(ending), `the peer saw ${ending}`);
  }
}
