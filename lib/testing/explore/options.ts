/**
 * What `exploreAborts` takes and gives.
 *
 * @module
 */
import type { ConnectionOptions } from "../../connection_options.ts";
import type { Cut, CutWay } from "./cut.ts";
import type { Finding } from "./finding.ts";

/** Options of `exploreAborts`. */
export interface ExploreOptions<T> {
  /**
   * The ways of cutting.
   *
   * @default {all eight}
   */
  ways?: readonly CutWay[] | undefined;
  /**
   * Cuts at every `step`th byte only, for large transfers: a megabyte has a million bytes. Events are cut at always.
   *
   * @default {1}
   */
  step?: number | undefined;
  /** Replays one cut, as a finding names it: `"in:17:reset"`. */
  only?: string | undefined;
  /** Errors of your own that the scenario may reject with after a cut, besides those of this package. */
  allow?: ((error: unknown, cut: Cut) => boolean) | undefined;
  /** Throws when the scenario must not reject with an error, though it is allowed, after this cut: a wrong `reason`. */
  checkError?: ((error: unknown, cut: Cut) => void) | undefined;
  /**
   * Throws when the scenario must not resolve to `result` after this cut; `clean` is what the clean run gave.
   *
   * @default {throws unless `result` equals `clean` by value}
   */
  check?: ((result: T, cut: Cut, clean: T) => void) | undefined;
  /**
   * Options of the connections under test. Without timeouts of your own a read or write that a peer has stalled is given
   * up after 30 s of virtual time; `Infinity` there finds what waits for ever.
   */
  connection?: ConnectionOptions | undefined;
  /**
   * Bytes that each direction holds before a write waits.
   *
   * @default {4096}
   */
  capacity?: number | undefined;
  /** Cuts what arrives into small chunks, in the same way for the same number; without it bytes arrive as they were sent. */
  seed?: number | undefined;
  /**
   * Real milliseconds without an event before time jumps. Memory needs none; real sockets and work elsewhere, such as
   * `crypto.subtle`, need some.
   *
   * @default {0}
   */
  quiet?: number | undefined;
  /**
   * Where the summary goes.
   *
   * @default {console.log}
   */
  print?: ((line: string) => void) | undefined;
}

/** What was explored, and what was found. */
export interface Exploration {
  /** Bytes from the peer in the clean run. */
  readonly bytesIn: number;
  /** Bytes to the peer. */
  readonly bytesOut: number;
  /** Events at the seam. */
  readonly events: number;
  /** Moments at which the conversation was cut: each byte, or every `step`th, and each event. */
  readonly cuts: number;
  /** The ways in which it was. */
  readonly ways: readonly CutWay[];
  /** How often the scenario was run, without the clean run. */
  readonly runs: number;
  /** Cuts whose moment did not come: the scenario does not do the same in every run. */
  readonly unreached: number;
  /** Every promise that was broken. */
  readonly findings: readonly Finding[];
}

/**
 * What `exploreAborts` rejects with: its message tells each kind of finding, with the wire and the line that replays it.
 *
 * @example A client that takes half an answer for a whole one
 * ```ts
 * import assert from "node:assert/strict";
 * import { ExplorationError, exploreAborts } from "@hawser/net/testing";
 *
 * const error = await exploreAborts({
 *   async local({ connection: { reader } }) {
 *     return new TextDecoder().decode(await reader.readAll()); // The end of the stream is not the end of a message.
 *   },
 *   async peer({ writer }) {
 *     await writer.write("twelve");
 *   },
 * }).catch((error) => error);
 * assert(error instanceof ExplorationError);
 * assert(error.exploration.findings.some(({ kind }) => kind === "result"));
 * ```
 */
export class ExplorationError extends Error {
  /** Everything that was explored and found. */
  readonly exploration: Exploration;

  /**
   * Made by the explorer.
   *
   * @param exploration What was found.
   * @param text The findings as text.
   */
  constructor(exploration: Exploration, text: string) {
    const { findings, runs } = exploration;
    super(`Cannot vouch for the scenario: ${findings.length} findings in ${runs} runs\n\n${text}\n`);
    this.name = "ExplorationError";
    this.exploration = exploration;
  }
}
