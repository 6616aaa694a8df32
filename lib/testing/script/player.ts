/**
 * Plays a script at the peer's end of a connection.
 *
 * Theory of operation. One loop takes the steps in order; behind the last one it waits for more steps, for bytes that no
 * step expects (a failure), or for the end. The first failure is kept, resets the connection (so that the other end does
 * not wait for an answer that will never come), and is told by `done()`.
 *
 * @module
 */
import { endOfTurn } from "../../clock.ts";
import type { Connection } from "../../connection.ts";
import { timeSource } from "../../time_source.ts";
import { excerpt } from "./excerpt.ts";
import { bytesOf, describeLine, describeStep, type ScriptLine, type ScriptStep } from "./step.ts";

/** What a player needs to know of its script. */
export interface Playable {
  readonly name: string | undefined;
  readonly patience: number;
  readonly steps: readonly ScriptStep[];
  /** Calls back at every step that is added; the result ends it. */
  onStep(callback: () => void): () => void;
}

/** Turns of the event loop for what was written last to arrive: it may be more than the script expects. */
const LAST_TURNS = 3;

/** What `done()` saw when there was no more time. */
const LATE = Symbol();

/** One performance of one script. */
export class Player {
  readonly #script: Playable;
  readonly #next: () => Promise<Connection>;
  readonly #played: Promise<Error | undefined>;
  readonly #forget: () => void;
  #at = 0;
  #connection: Connection | undefined;
  #stopped = false;
  #wake: () => void = () => {};
  #endWait: (() => void) | undefined;

  /** @param script What to play. @param next The next connection: the first at once, others on `accept`. */
  constructor(script: Playable, next: () => Promise<Connection>) {
    this.#script = script;
    this.#next = next;
    this.#forget = script.onStep(() => this.#wake());
    this.#played = this.#play();
  }

  /** Waits until the script is used up; fails when it is not in time, or could not be followed. */
  async done(): Promise<void> {
    for (let i = 0; i < LAST_TURNS; i++) await new Promise<void>((resolve) => endOfTurn(() => resolve()));
    this.#stopped = true;
    this.#wake();
    let endPatience: (() => void) | undefined;
    const late = new Promise<typeof LATE>((resolve) => {
      endPatience = timeSource.after(this.#script.patience, () => resolve(LATE));
    });
    const failure = await Promise.race([this.#played, late]);
    endPatience?.();
    this.#endWait?.();
    this.#forget();
    const unused = failure === LATE ? this.#error(`${this.#step()} was not used up`) : failure;
    this.#connection?.abort(unused);
    await this.#connection?.closed;
    if (unused !== undefined) throw unused;
  }

  /** Never rejects: the failure, when there is one. */
  async #play(): Promise<Error | undefined> {
    try {
      this.#connection = await this.#next();
      for (;;) {
        const step = this.#script.steps[this.#at];
        if (step !== undefined) await this.#take(step);
        else if (await this.#isOver()) return undefined;
      }
    } catch (error) {
      const failure = error instanceof ScriptFailure ? error : this.#error(`${this.#step()}: ${error}`, error);
      this.#connection?.abort(failure);
      return failure;
    }
  }

  async #take(step: ScriptStep): Promise<void> {
    if ("wait" in step) await this.#wait(step.wait);
    else if ("accept" in step) await this.#accept();
    else if ("expect" in step) await this.#expectBytes(bytesOf(step.expect));
    else if ("expectLine" in step) await this.#expectLine(step.expectLine);
    else if ("expectEnd" in step) await this.#expectEnd();
    else await this.#act(step);
    this.#at++;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#endWait = timeSource.after(ms, resolve));
  }

  async #act(step: ScriptStep): Promise<void> {
    const connection = this.#connection!;
    if ("closeWrite" in step) return await connection.writer.closeWrite();
    if ("reset" in step) return connection.abort();
    if ("close" in step) return void await connection.close();
    if (!("send" in step)) return;
    await connection.writer.write(bytesOf(step.send));
    await connection.writer.flush();
  }

  async #accept(): Promise<void> {
    await this.#connection?.close();
    this.#connection = await this.#next();
  }

  /** Compared as they come: a peer that says something else must not wait until it has said enough. */
  async #expectBytes(wanted: Uint8Array): Promise<void> {
    const { reader } = this.#connection!;
    for (let at = 0; at < wanted.length;) {
      const chunk = await reader.read({ atMost: wanted.length - at });
      if (chunk === null) {
        throw this.#mismatch(excerpt(wanted), `the end of the stream after ${at} of ${wanted.length} bytes`);
      }
      const wrong = chunk.findIndex((byte, i) => byte !== wanted[at + i]);
      if (wrong !== -1) {
        const got = concat(wanted.subarray(0, at), chunk, await this.#rest());
        throw this.#mismatch(excerpt(wanted), `${excerpt(got)}, different at byte ${at + wrong}`);
      }
      at += chunk.length;
    }
  }

  async #expectLine(wanted: ScriptLine): Promise<void> {
    const line = await this.#connection!.reader.readLine();
    if (line === null) throw this.#mismatch(describeLine(wanted), "the end of the stream");
    const fits = typeof wanted === "string"
      ? line === wanted
      : wanted instanceof RegExp
      ? line.search(wanted) !== -1
      : wanted(line);
    if (!fits) throw this.#mismatch(describeLine(wanted), `the line ${excerpt(new TextEncoder().encode(line))}`);
  }

  async #expectEnd(): Promise<void> {
    const chunk = await this.#connection!.reader.read();
    if (chunk !== null) throw this.#mismatch("the end of the stream", excerpt(chunk));
  }

  /** Behind the last step: `false` when there is another one by now. */
  async #isOver(): Promise<boolean> {
    const { reader, signal } = this.#connection!;
    if (signal.aborted) return await this.#stepOrStop();
    const giveUp = new AbortController();
    this.#wake = () => giveUp.abort();
    if (this.#stopped) this.#wake();
    const more = await reader.ready({ signal: giveUp.signal, keepOpen: true }).catch(() => undefined);
    if (this.#at < this.#script.steps.length) return false; // The bytes are for a step that came meanwhile.
    if (more) throw this.#error(`nothing more was expected after step ${this.#at}, got ${excerpt(await this.#rest())}`);
    if (more === false) await this.#connection!.close();
    return await this.#stepOrStop();
  }

  /** Waits for the next step; `true` when there will be none. */
  async #stepOrStop(): Promise<boolean> {
    const isIdle = (): boolean => !this.#stopped && this.#at === this.#script.steps.length;
    while (isIdle()) await new Promise<void>((resolve) => this.#wake = resolve);
    return this.#at === this.#script.steps.length;
  }

  /** What has come and no step has taken. */
  async #rest(): Promise<Uint8Array> {
    const { reader } = this.#connection!;
    return reader.bufferedBytes === 0
      ? new Uint8Array(0)
      : await reader.peek(reader.bufferedBytes) ?? new Uint8Array(0);
  }

  #step(): string {
    const { steps } = this.#script;
    const step = steps[this.#at];
    return step === undefined ? "the end" : `step ${this.#at + 1} of ${steps.length} (${describeStep(step)})`;
  }

  #mismatch(wanted: string, got: string): Error {
    return this.#error(`step ${this.#at + 1}: expected ${wanted}, got ${got}`);
  }

  #error(state: string, cause?: unknown): Error {
    const { name } = this.#script;
    return new ScriptFailure(`Cannot follow the script${name === undefined ? "" : ` "${name}"`}: ${state}`, cause);
  }
}

/** Says already which step it was. */
class ScriptFailure extends Error {
  constructor(message: string, cause: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

function concat(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
