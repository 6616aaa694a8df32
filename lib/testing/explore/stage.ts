/**
 * What one run plays on: its connections, the peers at their other ends, the signal, and the hand that cuts.
 *
 * @module
 */
import { Connection } from "../../connection.ts";
import type { ConnectionOptions } from "../../connection_options.ts";
import type { Transport } from "../../transport.ts";
import { memoryPair } from "../memory_pair.ts";
import type { Cut } from "./cut.ts";
import { CutTransport } from "./cut_transport.ts";
import { countListeners } from "./listeners.ts";
import type { Scenario, ScenarioContext } from "./scenario.ts";
import { Seam } from "./seam.ts";
import { Followed } from "./settled.ts";

/** Longer than any timeout of the side under test: a peer that loses patience first would be a cut of its own. */
const PEER_CLOSE_TIMEOUT = 86_400_000;

/** What the stages of an exploration have in common. */
export interface StageSettings {
  readonly peer: Scenario<unknown>["peer"];
  /** Options of the connections under test. */
  readonly connection: ConnectionOptions;
  /** Of the memory between both ends, each direction. */
  readonly capacity: number;
  /** Made anew for each connection: how many bytes each read may bring at most. */
  readonly chunking: () => () => number;
}

/** The other end of one connection. */
export interface Peer {
  readonly connection: Connection;
  readonly script: Followed<unknown>;
  /** Its end: what had arrived before a reset is still read, in turns of its own. */
  readonly end: Followed<unknown>;
}

/** The stage of one run; what the scenario is given. */
export class Stage implements ScenarioContext {
  /** What happens at the seam of all its connections. */
  readonly seam: Seam;
  /** One for each connection, in order. */
  readonly transports: CutTransport[] = [];
  /** One for each connection that the explorer opened. */
  readonly peers: Peer[] = [];
  /** The connection that is the explorer's to close, if anybody has looked at it. */
  owned: Connection | undefined;
  /** A connection was opened elsewhere: the explorer has only its transport. */
  foreign = false;
  /** Nobody waits for the scenario any more. */
  abandoned = false;
  /** Listeners of the signal. */
  readonly listeners: () => number;
  #stalledAt: number | undefined;
  #resumed = false;
  readonly #controller = new AbortController();
  readonly #cut: Cut | undefined;
  readonly #settings: StageSettings;

  /** @param settings What all runs have in common. @param cut Where and how to cut; not at all in the clean run. */
  constructor(settings: StageSettings, cut: Cut | undefined) {
    this.#settings = settings;
    this.#cut = cut;
    this.seam = new Seam(cut);
    this.listeners = countListeners(this.#controller.signal);
  }

  /** As the scenario knows it. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** As the scenario knows it. */
  get connection(): Connection {
    return this.owned ??= this.#open({});
  }

  /** As the scenario knows it. */
  dial = async (options: ConnectionOptions = {}): Promise<Connection> => {
    // Not at once: no dial is, and what would be awaited before it is listened to must show.
    await Promise.resolve();
    return this.#open(options);
  };

  /** As the scenario knows it. */
  readonly wrap = (transport: Transport): Transport => {
    this.foreign = true;
    return this.#around(transport);
  };

  /** Everything is idle, after so many timeouts: what is late may come when there has been one since the cut. */
  idle(timeouts: number): boolean {
    if (this.#cut?.way !== "late" || !this.seam.reached || this.#resumed) return false;
    this.#stalledAt ??= timeouts;
    if (timeouts === this.#stalledAt) return false;
    for (const transport of this.transports) transport.resume();
    return this.#resumed = true;
  }

  #open(options: ConnectionOptions): Connection {
    const [near, far] = memoryPair({ capacity: this.#settings.capacity });
    let transport!: CutTransport;
    const given = { ...this.#settings.connection, signal: this.signal, ...options };
    // The cut is next to the wire; what is tested with a fault or a tracer has it on this side of it.
    const wrap = (inner: Transport): Transport => {
      transport = this.#around(inner);
      return given.wrap?.(transport) ?? transport;
    };
    const connection = new Connection(near, { ...given, wrap });
    transport.connection = connection;
    this.#startPeer(far);
    return connection;
  }

  #around(inner: Transport): CutTransport {
    const transport = new CutTransport(inner, {
      seam: this.seam,
      way: this.#cut?.way,
      number: this.transports.length + 1,
      cutLocally: this.#cutLocally,
      nextChunk: this.#settings.chunking(),
    });
    this.transports.push(transport);
    return transport;
  }

  #startPeer(transport: Transport): void {
    const { peer } = this.#settings;
    const connection = new Connection(transport, { closeTimeout: PEER_CLOSE_TIMEOUT });
    const nth = this.peers.length + 1;
    const script = new Followed(async () => {
      try {
        await peer?.(connection, nth);
      } catch (error) {
        connection.abort(error);
        throw error;
      }
      if (peer !== undefined) await connection.close();
    });
    this.peers.push({ connection, script, end: new Followed(() => connection.closed) });
  }

  #cutLocally = ({ connection }: CutTransport): void => {
    const way = this.#cut?.way;
    if (way === "signal") {
      this.#controller.abort(new DOMException("The explorer aborted the signal", "AbortError"));
    } else if (way === "close") {
      connection?.close().catch(() => {}); // Whether bytes were lost is looked at in the end.
    } else if (way === "cancel") {
      this.abandoned = true;
      connection?.abort(new Error("The explorer stopped waiting for the scenario"));
    }
  };
}
