/**
 * One row of the error matrix: a failure that is provoked for real on every runtime.
 *
 * To add a condition: write an entry in a file of `conditions/` (a new file is listed in `conditions.ts`).
 *
 * - `expected` is what a caller must see, one line per note, the same on every runtime. Write it from the contract, run
 *   `deno task matrix --row ID`, and mend `lib/` until the runtimes agree, not the expectation.
 * - `ours` provokes it with the package. It gets `connect` and `listen` handed in (`net`), so that this folder imports
 *   nothing of the package when it runs: `step()` notes what an operation came to, `closed()` how a connection ended.
 * - `raw` provokes the same with the runtime's own sockets, in a process that never loads the package. The adapter
 *   (`raw_socket.ts`) notes every rejection or event by itself. Nothing is compared.
 * - `peer` is the other end: plain `node:net` in a process of its own, steered over its standard input (`peer.ts`).
 * - What is not the same everywhere for a reason that no code of ours can lift goes into `impossible`, with what is seen
 *   there `instead`; its kind is one of `impossible.ts`.
 * - Conditions run one after the other in one process per runtime. `alone` gives it a process of its own; `environment`
 *   prepares something around that process (a user, a namespace) and takes it away again. Those with the same
 *   `environment` share a process unless they are `alone`; the ones that are `together` run at the same time in it,
 *   because they mostly wait for the kernel to give up. They must not ask the shared peer to `accept`.
 *
 * Every condition also checks, without saying so, that no socket is left and that nothing was unhandled.
 */
import type {
  Connection,
  ConnectionOptions,
  ConnectOptions,
  DialLimits,
  Handler,
  Listener,
  ListenOptions,
  ServeOptions,
  Server,
  TlsOptions,
} from "../../mod.ts";
import type { Certificates, Identity, OddCertificates } from "../certificates.ts";
import type { ImpossibleKind } from "./impossible.ts";
import type { Over } from "./over.ts";
import type { Peer } from "./peer.ts";
import type { SecureRequest } from "./peer_tls.ts";
import type { RawAddress, RawListener, RawSocket } from "./raw_socket.ts";
import type { RawTls } from "./raw_tls.ts";
import type { ToldOptions } from "./told.ts";

/** The columns. */
export const RUNTIMES = ["deno", "deno-node", "node20", "node22", "node24", "node26", "bun"] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** What both halves of a cell have. */
export interface Notes {
  readonly runtime: RuntimeName;
  /** The other end. */
  readonly peer: Peer;
  /** Another process like it: whatever must go on while the first is stopped or killed. */
  readonly helper: Peer;
  /** What `environment` prepared. */
  readonly environment: Readonly<Record<string, string>>;
  /** Everything that TLS needs. */
  certificates(): Certificates & OddCertificates;
  /** One line of the result. */
  note(line: string): void;
  /** What a person reads: the message of an error. */
  message(words: string): void;
  /** A path in a folder that is removed afterwards. */
  path(name: string): string;
  /** Marks a promise that is awaited later, so that it may reject meanwhile. */
  hold<T>(work: Promise<T>): Promise<T>;
  /** Lets what is under way get as far as it can. */
  rest(ms?: number): Promise<void>;
}

/** What the half with the package has. */
export interface Ours extends Notes {
  /** `connect`, on the runtime of the column. What is still open at the end is aborted. */
  connect(target: string | ConnectOptions, options?: DialLimits): Promise<Connection>;
  /** `listen`, likewise. */
  listen(options: ListenOptions): Promise<Listener>;
  /** A connection to a listening peer, or one that a listener has accepted from it, and the peer's end of it. */
  pair(options?: ConnectionOptions, over?: Over): Promise<{ connection: Connection; far: number }>;
  /** `serve`, likewise. */
  serve(options: ServeOptions, handler: Handler): Promise<Server>;
  /** A connection over TLS of which this side is the client or the server, and the peer's end of it. */
  securePair(role: Role, how?: SecureOptions): Promise<{ connection: Connection; far: number }>;
  /** Waits for an operation and notes what it came to, never longer than a condition may take. */
  step(name: string, work: Promise<unknown>, options?: ToldOptions): Promise<void>;
  /** Notes how a connection ended, once it has. */
  closed(connection: Connection): Promise<void>;
}

/** What the half without the package has. */
export interface Raw extends Notes {
  /** Dials; notes a failure and then gives nothing. */
  dial(address: RawAddress, signal?: AbortSignal): Promise<RawSocket | undefined>;
  /** Listens; notes a failure and then gives nothing. */
  listen(address: RawAddress): Promise<RawListener | undefined>;
  /** A socket to a listening peer, and the peer's end of it. */
  pair(over?: Over): Promise<{ socket: RawSocket; far: number }>;
  /** Dials over TLS; notes a failure and then gives nothing. */
  secureDial(how: RawTls): Promise<RawSocket | undefined>;
  /** Listens over TLS. */
  secureListen(identity: Identity): Promise<RawListener>;
  /** Both ends of a connection over TLS. */
  securePair(role: Role, far?: Partial<SecureRequest>): Promise<{ socket: RawSocket; far: number }>;
}

/** Which side of the handshake is ours. */
export type Role = "client" | "server";

/** What is not as usual about a connection over TLS. */
export interface SecureOptions {
  readonly tls?: TlsOptions;
  readonly options?: ConnectionOptions;
  /** Of the peer. */
  readonly far?: Partial<SecureRequest>;
}

/** Something around the process of one condition. */
export interface Environment extends AsyncDisposable {
  /** What the command of the process is put behind, such as `["ip", "netns", "exec", "name"]`. */
  readonly launch?: readonly string[];
  /** Flags of Deno instead of `-A`. */
  readonly denoFlags?: readonly string[];
  /** What the condition is told. */
  readonly data?: Readonly<Record<string, string>>;
}

/** Where no code of ours can keep the row. */
export interface Impossible {
  readonly kind: ImpossibleKind;
  /** What is seen there instead; without it nothing is run. */
  readonly instead?: readonly string[];
}

/** One row. */
export interface Condition {
  /** Unique, kebab-case. */
  readonly id: string;
  /** As a person says it. */
  readonly title: string;
  /** The heading it stands under. */
  readonly group: string;
  /** What the machine must have. */
  readonly needs?: readonly ("root" | "namespaces")[];
  readonly alone?: boolean;
  readonly together?: boolean;
  /** Those of the same name share a process of their own, beside the others. */
  readonly beside?: string;
  /** Longest time in ms. @default 10000 */
  readonly limit?: number;
  environment?(runtime: RuntimeName): Promise<Environment>;
  readonly expected: readonly string[];
  ours(context: Ours): Promise<void>;
  raw(context: Raw): Promise<void>;
  readonly impossible?: Partial<Record<RuntimeName, Impossible>>;
}

/** What a process says about one condition. */
export interface Cell {
  readonly id: string;
  readonly lines: readonly string[];
  /** The messages of the errors in them. */
  readonly messages: readonly string[];
}
