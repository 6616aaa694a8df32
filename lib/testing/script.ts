/**
 * A scripted peer: what it expects, what it answers.
 *
 * @module
 */
import type { Address } from "../address.ts";
import { checkOptions, checkString, checkTimeout } from "../arguments.ts";
import type { Connection } from "../connection.ts";
import { listen, type ListenOptions } from "../listen.ts";
import { connectionPair, type ConnectionPairOptions } from "./connection_pair.ts";
import { type Playable, Player } from "./script/player.ts";
import { checkStep, type ScriptBytes, type ScriptLine, type ScriptStep } from "./script/step.ts";

/** Options of `script`. */
export interface ScriptOptions {
  /** Appears in every message: for tests with several scripts. */
  name?: string | undefined;
  /**
   * Longest wait in ms of `done()` for the other end to use up the script.
   *
   * @default {1000}
   */
  patience?: number | undefined;
}

/** A performance of a script. `done()`, or the end of an `await using` block, fails when the script was not followed. */
export interface ScriptedPeer extends AsyncDisposable {
  /**
   * Waits until every step was taken and lets go.
   *
   * @throws {Error} Naming the step: something else came, or not everything in time.
   */
  done(): Promise<void>;
}

/** A performance in memory. */
export interface ScriptedConnection extends ScriptedPeer {
  /** The end for the code under test. */
  readonly connection: Connection;
}

/** A performance on a real socket. */
export interface ScriptedServer extends ScriptedPeer {
  /** What to dial. */
  readonly address: Address;
}

const PATIENCE = 1_000;

/**
 * Steps of one side of a conversation; each method adds one and returns the same script. Made by `script`.
 *
 * @example As data, for a file, and back
 * ```ts
 * import assert from "node:assert/strict";
 * import { script } from "@hawser/net/testing";
 *
 * const text = JSON.stringify(script().expect("PING\r\n").send("+PONG\r\n"));
 * assert.equal(text, '[{"expect":"PING\\r\\n"},{"send":"+PONG\\r\\n"}]');
 * await using server = script(JSON.parse(text)).connection();
 * await server.connection.writer.write("PING\r\n");
 * assert.equal(await server.connection.reader.readLine(), "+PONG");
 * ```
 */
export class Script {
  readonly #steps: ScriptStep[] = [];
  readonly #callbacks = new Set<() => void>();
  readonly #playable: Playable;

  /**
   * Made by `script`.
   *
   * @param options Name and patience.
   * @internal
   */
  constructor({ name, patience = PATIENCE }: ScriptOptions) {
    this.#playable = {
      name,
      patience,
      steps: this.#steps,
      onStep: (callback) => {
        this.#callbacks.add(callback);
        return () => void this.#callbacks.delete(callback);
      },
    };
  }

  /** Exactly these bytes come, in pieces of any size. */
  expect(bytes: ScriptBytes): this {
    return this.add({ expect: bytes });
  }

  /** A line comes: this text, one that matches, or one that satisfies. */
  expectLine(line: ScriptLine): this {
    return this.add({ expectLine: line });
  }

  /** The end of the stream comes. */
  expectEnd(): this {
    return this.add({ expectEnd: true });
  }

  /** Sends bytes. */
  send(bytes: ScriptBytes): this {
    return this.add({ send: bytes });
  }

  /** Does nothing for so many ms; what comes meanwhile waits for the next step. */
  wait(ms: number): this {
    return this.add({ wait: ms });
  }

  /** Half-closes: the other end reads the end of the stream. */
  closeWrite(): this {
    return this.add({ closeWrite: true });
  }

  /** Aborts: a reset, where the transport can send one. */
  reset(): this {
    return this.add({ reset: true });
  }

  /** Closes in order. */
  close(): this {
    return this.add({ close: true });
  }

  /** Waits for the next connection; with `listen()` only. The first one needs no such step. */
  accept(): this {
    return this.add({ accept: true });
  }

  /** Adds a step, also while the script is played: the peer goes on with it. */
  add(step: ScriptStep): this {
    checkStep(step);
    this.#steps.push(step);
    for (const callback of this.#callbacks) callback();
    return this;
  }

  /**
   * Plays it in memory, from the first step.
   *
   * @param options Of the pair; `wrap` disturbs the end under test.
   * @returns The end for the code under test.
   * @throws {TypeError} A step accepts another connection.
   */
  connection(options?: ConnectionPairOptions): ScriptedConnection {
    if (this.#steps.some((step) => "accept" in step)) throw acceptsInMemory();
    const { local, peer } = connectionPair(options);
    let taken = false;
    const player = new Player(this.#playable, () => {
      if (taken) return Promise.reject(acceptsInMemory());
      taken = true;
      return Promise.resolve(peer);
    });
    const done = async (): Promise<void> => {
      try {
        await player.done();
      } finally {
        local.abort();
      }
    };
    return { connection: local, done, [Symbol.asyncDispose]: done };
  }

  /**
   * Plays it on a real socket, from the first step, once.
   *
   * @param options Where to listen; by default on a free port of this machine.
   * @returns What to dial.
   * @throws {ConnectError} It cannot listen there.
   */
  async listen(options: ListenOptions = { port: 0 }): Promise<ScriptedServer> {
    const listener = await listen(options);
    const player = new Player(this.#playable, () => listener.accept());
    const done = async (): Promise<void> => {
      try {
        await player.done();
      } finally {
        await listener.close();
      }
    };
    return { address: listener.address, done, [Symbol.asyncDispose]: done };
  }

  /** The steps as data, for a file; `script(steps)` reads them again. */
  toJSON(): readonly ScriptStep[] {
    return this.#steps.slice();
  }
}

function acceptsInMemory(): TypeError {
  return new TypeError("Cannot accept another connection in memory: use listen()");
}

/**
 * Starts a script for the other end of a conversation: bytes that must come, answers, waits, ends.
 *
 * It is played in memory (`connection()`) or on a real socket (`listen()`). When something else comes the connection is
 * reset at once, and `done()`, or the end of the `await using` block, fails naming the step; so it does when not all steps
 * were taken. A step that is added later is taken too. Waits follow the time of the library, also a virtual one.
 *
 * @param steps To begin with: of a recording, or written as data.
 * @param options Name and patience.
 * @returns The script, without steps or with these.
 * @throws {TypeError} Something is no step.
 * @example A server that answers once and goes away
 * ```ts
 * import assert from "node:assert/strict";
 * import { script } from "@hawser/net/testing";
 *
 * await using server = script().expect("PING\r\n").send("+PONG\r\n").expectLine(/^GET /).reset().connection();
 * const { reader, writer } = server.connection;
 * await writer.write("PING\r\n");
 * assert.equal(await reader.readLine(), "+PONG");
 * await writer.write("GET key\r\n");
 * await assert.rejects(reader.readLine(), { reason: "reset" });
 * ```
 */
export function script(steps: readonly ScriptStep[] = [], options: ScriptOptions = {}): Script {
  checkOptions(options);
  if (options.name !== undefined) checkString("name", options.name);
  checkTimeout("patience", options.patience);
  const made = new Script(options);
  for (const step of steps) made.add(step);
  return made;
}
