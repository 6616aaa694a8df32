/** One method that reads, cut once. */
import assert from "node:assert/strict";
import type { Connection, ConnectionOptions, WaitOptions } from "../../mod.ts";
import type { Place } from "./ends.ts";
import { MESSAGE, type ReadScenario } from "./scenarios.ts";
import { Arriving } from "./transports.ts";
import {
  assertBlames,
  assertGivenUp,
  assertOver,
  type Blame,
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

/** Behind the message: it shows that no byte was lost and none given twice. */
const TRAILER = new TextEncoder().encode("|next");

/** What the other end can do, whether it is a connection or a deaf socket. */
interface Far {
  send(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
  reset(): void;
}

/** The calls of a run, and the bytes that they handed over. */
interface Calls {
  /** Calls until the message is complete (`true`) or the stream has ended (`false`). */
  run(): Promise<boolean>;
  /** The iterator's, for methods of one. */
  stop(): Promise<IteratorResult<unknown>>;
  /** Makes new calls for what is missing. */
  renew(options: WaitOptions): void;
  readonly got: Uint8Array;
}

function callsOf(scenario: ReadScenario, local: Connection, options: WaitOptions): Calls {
  let got: Uint8Array = new Uint8Array(0);
  let current = scenario.begin(local, options, 0);
  return {
    get got() {
      return got;
    },
    renew(anew) {
      current = scenario.begin(local, anew, got.length);
    },
    stop: () => current.iterator!.return(),
    async run() {
      for (;;) {
        const bytes = await current.step();
        if (bytes === null) return false;
        got = join(got, bytes);
        if (scenario.once || got.length >= MESSAGE.length) return true;
      }
    },
  };
}

function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** One run: the peer sends `offset` bytes of the message, then the cut. */
export async function cutRead(place: Place, scenario: ReadScenario, way: Way, offset: number): Promise<void> {
  await new ReadRun(place, scenario, way, offset).run();
}

class ReadRun {
  readonly #place: Place;
  readonly #scenario: ReadScenario;
  readonly #way: Way;
  readonly #offset: number;
  readonly #controller = new AbortController();
  readonly #first: Uint8Array;
  #arriving!: Arriving;
  #local!: Connection;
  #peer: Connection | undefined;
  #far!: Far;
  #calls!: Calls;

  constructor(place: Place, scenario: ReadScenario, way: Way, offset: number) {
    this.#place = place;
    this.#scenario = scenario;
    this.#way = way;
    this.#offset = offset;
    this.#first = MESSAGE.subarray(0, offset);
  }

  async run(): Promise<void> {
    await this.#open();
    try {
      if (this.#refused) await this.#checkRefused();
      else if (this.#cutByPeer) await this.#cutByPeerNow();
      else await this.#cutHere();
    } finally {
      this.#local.abort();
      this.#peer?.abort();
      this.#far.reset();
      await Promise.all([this.#local.closed, this.#peer?.closed]);
    }
  }

  get #keepOpen(): boolean {
    return this.#way.startsWith("keepOpen");
  }

  /** `keepOpen` where giving up cannot leave a known state. */
  get #refused(): boolean {
    return this.#keepOpen && this.#scenario.keepsOpen === "never";
  }

  get #cutByPeer(): boolean {
    return this.#way === "reset" || this.#way === "end";
  }

  /** The first bytes are enough: the cut comes after the call. */
  get #complete(): boolean {
    return this.#offset >= this.#scenario.needs;
  }

  async #open(): Promise<void> {
    const wrap: ConnectionOptions["wrap"] = (transport) => this.#arriving = new Arriving(transport);
    const options: ConnectionOptions = { wrap, ...(this.#scenario.optionsOf === "connection" && this.#limits()) };
    if (this.#way === "reset" && this.#place.openDeaf !== undefined) {
      const { local, peer } = await this.#place.openDeaf(options);
      this.#local = local;
      this.#far = { send: peer.send, reset: peer.close, end: () => Promise.resolve() };
      await local.writer.write("unread");
      await local.writer.flush();
    } else {
      const { local, peer } = await this.#place.open(options);
      this.#local = local;
      this.#peer = peer;
      this.#far = {
        async send(bytes) {
          await peer.writer.write(bytes);
          await peer.writer.flush();
        },
        end: () => peer.writer.closeWrite(),
        reset: () => peer.abort(),
      };
    }
    // A signal that somebody holds must fire; one that is asked for later must have fired. Half of the runs each.
    if (this.#offset % 2 === 1) assert.equal(this.#local.signal.aborted, false);
    this.#calls = callsOf(this.#scenario, this.#local, this.#callOptions());
  }

  get #timeout(): number {
    return this.#place.memory ? TIMEOUT : SOCKET_TIMEOUT;
  }

  /** What bounds a call or, as `readTimeout` and `signal` of the connection, every call. */
  #limits(): ConnectionOptions {
    if (this.#way === "signal") return { signal: this.#controller.signal };
    return this.#way === "timeout" ? { readTimeout: this.#timeout } : {};
  }

  #callOptions(): WaitOptions {
    if (this.#scenario.optionsOf === "connection") return {};
    return {
      ...(this.#way.endsWith("signal") && { signal: this.#controller.signal }),
      ...(this.#way.endsWith("timeout") && { timeout: this.#timeout }),
      ...(this.#keepOpen && { keepOpen: true }),
    };
  }

  async #cutByPeerNow(): Promise<void> {
    const pending = resultOf(this.#calls.run());
    await this.#far.send(this.#first);
    if (this.#way === "reset") this.#far.reset();
    else await this.#far.end();
    const result = await pending;
    if (this.#complete) await this.#checkComplete(result);
    else if (this.#way === "end" && this.#endIsValue) await this.#checkEnd(result);
    else await this.#checkLost(result);
  }

  get #endIsValue(): boolean {
    const { atEnd } = this.#scenario;
    return atEnd === "value" || (atEnd === "value if empty" && this.#offset === 0);
  }

  async #cutHere(): Promise<void> {
    // Over sockets the bytes must be here before the time runs.
    const early = this.#way.endsWith("timeout") && !this.#place.memory;
    await (early ? this.#sendAndWait() : undefined);
    const pending = resultOf(this.#calls.run());
    await (early ? undefined : this.#sendAndWait(pending));
    if (this.#complete) return await this.#checkComplete(await pending);
    const closing = await this.#cut();
    const result = await pending;
    if (this.#survives) return await this.#checkKept(result);
    await this.#checkCut(result);
    assert.equal((await closing)?.unsentBytes ?? 0, 0);
  }

  /** Sends the first bytes and waits until they are here, or have already done. */
  async #sendAndWait(pending?: Promise<unknown>): Promise<void> {
    await this.#far.send(this.#first);
    if (pending === undefined && this.#offset > 0) await this.#local.reader.peek(this.#offset);
    else if (pending !== undefined) await Promise.race([pending, this.#arriving.reached(this.#offset)]);
    if (!this.#way.endsWith("timeout")) await turn();
  }

  /** Cuts on this side; a timeout comes by itself. The close, when it is one. */
  async #cut(): Promise<ReturnType<Connection["close"]> | undefined> {
    if (this.#stopsByReturn) {
      assert.deepEqual(await this.#calls.stop(), { done: true, value: undefined });
    } else if (this.#way.endsWith("signal")) {
      this.#controller.abort(new GivenUp());
    } else if (this.#way === "abort") {
      this.#local.abort(new GivenUp());
    } else if (this.#way === "close") {
      const closing = this.#local.close();
      await this.#far.end();
      await closing;
      return closing;
    }
    return undefined;
  }

  get #stopsByReturn(): boolean {
    return this.#keepOpen && (this.#scenario.keepsOpen === "return()" || this.#scenario.returns === true);
  }

  get #survives(): boolean {
    if (this.#scenario.keepsOpen === "always" && /signal|timeout/.test(this.#way)) return true;
    return this.#keepOpen;
  }

  /** A call that had what it wanted before the cut gives it; the cut is met by the next one. */
  async #checkComplete(result: Result<boolean>): Promise<void> {
    assert.equal(valueOf(result), true);
    this.#assertGot(this.#scenario.once && this.#scenario.needs === 1 ? MESSAGE.subarray(0, 0) : MESSAGE);
    // Pieces of so many bytes end there, whatever follows.
    const bounded = !this.#scenario.once && this.#scenario.expected !== undefined;
    if (bounded) assert.equal(await this.#calls.run(), false);
    const left = this.#scenario.takes === "nothing" ? this.#first : new Uint8Array(0);
    if (this.#way === "reset") {
      const error = errorOf(await resultOf(this.#local.reader.readAll()));
      assertBlames(error, blameOf("reset"), "read");
      assertBytes(error.partial ?? new Uint8Array(0), left);
      return await assertOver(this.#local, blameOf("reset"));
    }
    if (this.#way === "end") {
      assertBytes(await this.#local.reader.readAll(), left);
      assert.equal(await this.#local.reader.read(), null);
      return;
    }
    await this.#cut();
    await turn();
    const { signal } = this.#local;
    if (signal.aborted) {
      assert.ok(this.#way === "close" || this.#way === "abort" || this.#scenario.optionsOf === "connection");
      return await assertOver(this.#local, blameOf(this.#way));
    }
    await this.#checkRest(join(left, MESSAGE.subarray(this.#offset)));
  }

  /** The stream ended where the method allows it. */
  async #checkEnd(result: Result<boolean>): Promise<void> {
    const complete = valueOf(result);
    // `null`, or the end of an iteration, where there is nothing to give.
    assert.equal(complete, this.#scenario.needs === Infinity || (this.#offset > 0 && this.#scenario.once));
    this.#assertGot(this.#first);
    assert.equal(this.#local.signal.aborted, false);
    await this.#local.writer.write("still open for writing");
    await this.#local.writer.flush();
    assertBytes(
      await this.#local.reader.readAll(),
      this.#scenario.takes === "nothing" ? this.#first : new Uint8Array(0),
    );
    await this.#checkReturn();
  }

  /** The peer broke it inside the message: the bytes that came are told once. */
  async #checkLost(result: Result<boolean>): Promise<void> {
    const blame = blameOf(this.#way);
    const error = errorOf(result);
    assertBlames(error, blame, "read");
    assert.equal(error.expected, this.#scenario.expected);
    if (this.#way === "reset") assert.equal(error.code, "ECONNRESET");
    const partial = error.partial ?? new Uint8Array(0);
    if (this.#scenario.takes === "dropped") {
      // What may be the beginning of the delimiter is not dropped yet.
      assert.ok(partial.length <= 2);
      assertBytes(partial, this.#first.subarray(this.#offset - partial.length));
    } else {
      assertBytes(join(this.#calls.got, partial), this.#first);
    }
    assert.equal(error.bytesRead, this.#offset);
    await assertOver(this.#local, blame);
    await this.#checkReturn();
  }

  /** This side gave the connection up: what had arrived is discarded, and counted. */
  async #checkCut(result: Result<boolean>): Promise<void> {
    const blame: Blame = blameOf(this.#way);
    const error = errorOf(result);
    assertBlames(error, blame, "read");
    assert.equal(error.partial, undefined);
    if (this.#way === "signal") assert.equal(error.cause, this.#controller.signal.reason);
    if (this.#way === "abort") assert.ok(error.cause instanceof GivenUp);
    await assertOver(this.#local, blame);
    const outcome = await this.#local.closed;
    assert.equal(outcome.clean, this.#way === "close");
    if (this.#scenario.takes !== "dropped") {
      assert.equal(outcome.discardedBytes, this.#offset - this.#calls.got.length);
    }
    const seen = await resultOf(this.#peer!.reader.readAll());
    const ending = "value" in seen ? "end" : (seen.error as { reason: string }).reason;
    const allowed: readonly string[] = this.#way === "close" ? ["end"] : this.#place.abortIsSeenAs;
    assert.ok(allowed.includes(ending), `the peer saw ${ending}`);
    await this.#checkReturn();
  }

  /** Given up, but open: the same call gives everything, later. */
  async #checkKept(result: Result<boolean>): Promise<void> {
    if (this.#stopsByReturn) assert.equal(valueOf(result), false);
    else assertGivenUp(errorOf(result), this.#way, this.#controller.signal);
    assert.equal(this.#local.signal.aborted, false);
    await this.#checkReturn();
    const rest = join(MESSAGE.subarray(this.#offset), TRAILER);
    await this.#far.send(rest);
    if (this.#scenario.needs === Infinity) await this.#far.end();
    // The very call again after a timeout (what is missing must be here before the time runs); a used signal stays used.
    const again = this.#way.endsWith("timeout") && this.#place.memory && this.#scenario.returns !== true &&
      !this.#stopsByReturn;
    if (!again) this.#calls.renew({});
    assert.equal(await this.#calls.run(), true);
    if (this.#scenario.needs === Infinity) return this.#assertGot(join(MESSAGE, TRAILER));
    const looks = this.#scenario.takes === "nothing";
    if (looks) await this.#assertNext(join(MESSAGE, TRAILER));
    else await this.#assertAfterMessage();
  }

  /** The calls gave the message, perhaps with bytes of what follows; the next read goes on behind them. */
  async #assertAfterMessage(): Promise<void> {
    const whole = join(MESSAGE, TRAILER);
    const { got } = this.#calls;
    assertBytes(got, whole.subarray(0, got.length));
    await this.#assertNext(whole.subarray(got.length));
  }

  async #checkRefused(): Promise<void> {
    assert.ok(errorOf(await resultOf(this.#calls.run())) instanceof TypeError);
    await this.#far.send(this.#first);
    await this.#checkRest(MESSAGE);
  }

  /** Nothing was lost: `missing` and a trailer are read as they were sent. */
  async #checkRest(missing: Uint8Array): Promise<void> {
    assert.equal(this.#local.signal.aborted, false);
    await this.#far.send(join(MESSAGE.subarray(this.#offset), TRAILER));
    await this.#assertNext(join(missing, TRAILER));
  }

  async #assertNext(bytes: Uint8Array): Promise<void> {
    assertBytes(await this.#local.reader.readExactly(bytes.length), bytes);
  }

  /** `return()` settles at once in every state, and ends the iteration. */
  async #checkReturn(): Promise<void> {
    if (this.#scenario.returns !== true) return;
    assert.deepEqual(await this.#calls.stop(), { done: true, value: undefined });
    assert.equal(await this.#calls.run(), false);
  }

  #assertGot(bytes: Uint8Array): void {
    assertBytes(this.#calls.got, bytes);
  }
}

function assertBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(new TextDecoder().decode(actual), new TextDecoder().decode(expected));
}
