/**
 * What a conformance check is, and what it runs over: named data that knows no test runner.
 */
import type { Connection, ConnectionOptions } from "../../mod.ts";
import type { ConnectionPair } from "../../lib/testing/mod.ts";

/** Makes fresh pairs of one kind. */
export interface PairMaker {
  /** For the names of tests: `"TCP, Deno"`. */
  readonly name: string;
  /** A new pair, both ends open; the options are those of the local end, in memory of both. */
  pair(options?: ConnectionOptions): Promise<ConnectionPair>;
  /** A pair whose local end is filled until its writes wait, where a kind has a better way than to write until then. */
  cloggedPair?(): Promise<ConnectionPair>;
  /** A connection adopted only after its peer wrote `text` and closed. */
  adoptedLate?(text: string): Promise<Connection>;
}

/** One promise that every pair keeps. It rejects when it is broken. */
export interface Check {
  /** As in the list that the checks come from: trio's stream checkers and socket tests. */
  readonly id: string;
  readonly title: string;
  run(maker: PairMaker): Promise<void>;
}

/** The same pairs with the ends exchanged: the accepted end then does what the dialled one did. */
export function flipped(maker: PairMaker): PairMaker {
  return {
    ...withoutClogged(maker),
    name: `${maker.name}, other way`,
    async pair(): Promise<ConnectionPair> {
      const pair = await maker.pair();
      return { local: pair.peer, peer: pair.local, [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose]() };
    },
  };
}

/** Its clogged pair is clogged in the wrong direction. */
function withoutClogged({ cloggedPair: _, ...rest }: PairMaker): PairMaker {
  return rest;
}
