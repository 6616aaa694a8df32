/**
 * What the explorer runs: types only.
 *
 * @module
 */
import type { Connection } from "../../connection.ts";
import type { ConnectionOptions } from "../../connection_options.ts";
import type { Transport } from "../../transport.ts";

/** What the side under test is given. */
export interface ScenarioContext {
  /** A connection to the peer; opened when it is first looked at, and closed for you when the scenario has settled. */
  readonly connection: Connection;
  /** Aborts when the cut is one by `"signal"`; the explorer's connections have it, too. */
  readonly signal: AbortSignal;
  /**
   * Opens another connection to the peer: for code that dials by itself, also again and again. It is the scenario's, and
   * must be closed when the scenario has settled.
   *
   * @param options As for `connect`; they come on top of those of the exploration.
   */
  dial(options?: ConnectionOptions): Promise<Connection>;
  /**
   * Cuts a connection that the scenario opens elsewhere, such as one of real sockets: pass it, and `signal`, to `connect`.
   * The ways `"cancel"` and `"close"` need a connection of the explorer and are left out then.
   */
  readonly wrap: (transport: Transport) => Transport;
}

/** A conversation: the side under test, and the other one. */
export interface Scenario<T> {
  /**
   * The side under test, client or server: runs the code once, and resolves to what came of it. It is run thousands of
   * times, each time from the start, so it keeps nothing from run to run.
   */
  local(context: ScenarioContext): Promise<T> | T;
  /**
   * The other side, never cut by itself: called for each connection, the nth with its number from 1. Returned: the
   * connection is closed; rejected: it is aborted. After a cut nobody asks how it ended.
   */
  peer?(connection: Connection, nth: number): Promise<unknown>;
}
