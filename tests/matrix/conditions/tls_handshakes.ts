/** A handshake does not get to its end: of a dial, of a server's, of `startTls`. */
import type { TcpAddress, TlsOptions } from "../../../mod.ts";
import type { Condition, Ours, Raw } from "../condition.ts";
import { overTls } from "../over_tls.ts";
import type { Peer } from "../peer.ts";
import type { SecureRequest } from "../peer_tls.ts";
import type { RawSocket } from "../raw_socket.ts";

const dialled = "TLS: the handshake of a dial";
const served = "TLS: the handshake of a server";
const started = "TLS: `startTls`";

/** A TLS header that promises 512 bytes, and four of them. */
const HALF_A_RECORD = "\u0016\u0003\u0003\u0002\u0000\u0002\u0000\u0001\u00fc";

/** What the peer does instead of its part; the ClientHello, where there is one, has arrived. */
interface Act {
  readonly id: string;
  readonly title: string;
  readonly told: string;
  act(peer: Peer, far: number): Promise<unknown>;
}

const TLS = "tls";
const RESET = "reset ECONNRESET";

const ACTS: readonly Act[] = [
  {
    id: "http",
    title: "the other end talks HTTP in plaintext",
    told: TLS,
    act: (peer, far) => peer.send(far, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
  },
  { id: "garbage", title: "the other end sends zeros", told: TLS, act: (peer, far) => peer.send(far, 64) },
  { id: "fin", title: "FIN instead of an answer", told: TLS, act: (peer, far) => peer.on(far, "end") },
  { id: "rst", title: "RST instead of an answer", told: RESET, act: (peer, far) => peer.on(far, "reset") },
  {
    id: "fin-inside",
    title: "FIN inside the first record of the answer",
    told: TLS,
    act: async (peer, far) => {
      await peer.send(far, HALF_A_RECORD);
      await peer.on(far, "end");
    },
  },
];

/** Waits for the ClientHello. */
const hello = (peer: Peer, far: number): Promise<unknown> => peer.ask("take", { id: far, bytes: 100 });

const trusting = ({ certificates }: Ours): TlsOptions => ({ caCerts: [certificates().ca], serverName: "localhost" });

function broken({ id, title, told, act }: Act): Condition {
  return {
    id: `tls-dial-${id}`,
    title,
    group: dialled,
    expected: [`connect: ConnectError ${told}; handshake, by peer; retry safe`],
    async ours(context) {
      const { connect, peer, step, hold } = context;
      const { port } = await peer.listen();
      const connecting = hold(connect({ port, tls: trusting(context) }));
      const far = await peer.accept();
      await hello(peer, far);
      await act(peer, far);
      await step("connect", connecting);
    },
    async raw({ certificates, secureDial, peer, hold }) {
      const { port } = await peer.listen();
      const dialling = hold(secureDial({ port, ca: certificates().ca }));
      const far = await peer.accept();
      await hello(peer, far);
      await act(peer, far);
      await dialling;
    },
  };
}

/** The two sides have nothing in common. */
function incompatible(id: string, title: string, far: Partial<SecureRequest>, tls: TlsOptions = {}): Condition {
  return {
    id: `tls-dial-${id}`,
    title,
    group: dialled,
    expected: ["connect: ConnectError tls; handshake, by peer; retry safe"],
    async ours(context) {
      const { certificates, connect, peer, step, hold } = context;
      const { port } = await peer.listen();
      const connecting = hold(connect({ port, tls: { ...trusting(context), ...tls } }));
      const answering = hold(peer.secure(await peer.accept(), { role: "server", ...certificates().localhost, ...far }));
      await step("connect", connecting);
      await answering;
    },
    async raw({ certificates, secureDial, peer, hold }) {
      const { port } = await peer.listen();
      const { alpnProtocols: alpn } = tls;
      const dialling = hold(secureDial({ port, ca: certificates().ca, ...(alpn && { alpn }) }));
      const answering = hold(peer.secure(await peer.accept(), { role: "server", ...certificates().localhost, ...far }));
      await dialling;
      await answering;
    },
  };
}

/** The peer takes the ClientHello and is silent; what gives up is this side. */
function silent(
  id: string,
  title: string,
  expected: string,
  give: (context: Ours, port: number) => Promise<unknown>,
): Condition {
  return {
    id: `tls-dial-${id}`,
    title,
    group: dialled,
    expected: [`connect: ${expected}`, "the peer: gone"],
    async ours(context) {
      const { peer, step, note, hold } = context;
      const { port } = await peer.listen();
      const connecting = hold(give(context, port));
      const far = await peer.accept();
      await hello(peer, far);
      await step("connect", connecting);
      await peer.on(far, "fate");
      note("the peer: gone");
    },
    async raw({ certificates, secureDial, peer, hold }) {
      const { port } = await peer.listen();
      const dialling = hold(secureDial({ port, ca: certificates().ca }));
      const far = await peer.accept();
      await hello(peer, far);
      await dialling;
    },
  };
}

const dials: readonly Condition[] = [
  ...ACTS.map(broken),
  incompatible("old-version", "the server knows nothing newer than TLS 1.1", { version: "TLSv1.1" }),
  incompatible("no-common-protocol", "no protocol is common to both (ALPN)", { alpn: ["h2"] }, {
    alpnProtocols: ["http/1.1"],
  }),
  silent(
    "timeout",
    "no answer to the ClientHello, and a `timeout`",
    "ConnectionAbortedError timeout; connect, by local; retry safe",
    (context, port) => context.connect({ port, tls: trusting(context), timeout: 60 }),
  ),
  silent(
    "signal",
    "no answer to the ClientHello, and the signal is aborted",
    'ConnectionAbortedError signal; connect, by local; retry safe; cause "enough"',
    (context, port) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort("enough"), 60);
      return context.connect({ port, tls: trusting(context), signal: controller.signal });
    },
  ),
  {
    id: "tls-dial-signal-before",
    title: "the signal was aborted before the dial (it would end the process of Node 22 and later)",
    group: dialled,
    expected: ['connect: ConnectionAbortedError signal; connect, by local; retry safe; cause "before"'],
    async ours(context) {
      const { port } = await context.peer.listen();
      const signal = AbortSignal.abort("before");
      await context.step("connect", context.connect({ port, tls: trusting(context), signal }));
    },
    raw({ note }) {
      note("not tried: the process would be gone");
      return Promise.resolve();
    },
    impossible: {
      bun: {
        kind: "no-tls",
        instead: [
          "connect: TypeError: Cannot use TLS on Bun: its node:tls loses the end of a connection; use Node or Deno",
        ],
      },
    },
  },
];

/** Five clients in a row that do not get through, each of its own kind, and one that does. */
const clients: Condition = {
  id: "tls-serve-bad-clients",
  title: "clients that talk HTTP, send zeros, end, reset or end inside a record; then one in order",
  group: served,
  expected: [
    ...ACTS.map(({ id, told }) => `${id}: ConnectError ${told}; handshake, by peer; retry safe`),
    'in order: "secure"',
    "served: done",
  ],
  async ours(context) {
    const { certificates, serve, peer, step, hold } = context;
    const { ca, localhost } = certificates();
    let hand: () => void;
    const handled = new Promise<void>((resolve) => hand = resolve);
    let tell: (error: unknown) => void = () => {};
    const server = await serve({ port: 0, tls: localhost, onError: (error) => tell(error) }, () => hand());
    const { port } = server.address as TcpAddress;
    for (const { id, act } of ACTS) {
      const failed = hold(new Promise<never>((_, reject) => tell = reject));
      await act(peer, await peer.dial({ port }));
      await step(id, failed);
    }
    await step("in order", peer.secure(await peer.dial({ port }), { role: "client", ca }));
    await step("served", handled);
  },
  async raw({ certificates, secureListen, peer }) {
    const listener = await secureListen(certificates().localhost);
    for (const { act } of ACTS) {
      const accepting = listener.accept();
      await act(peer, await peer.dial({ port: listener.port }));
      await accepting;
    }
  },
};

/** A client that gives up by itself, and says so with an alert. */
function refusing(
  id: string,
  title: string,
  far: Partial<SecureRequest>,
  { anyWords = false, ...tls }: TlsOptions & { anyWords?: boolean },
): Condition {
  return {
    id: `tls-serve-${id}`,
    title,
    group: served,
    expected: ["onError: ConnectError tls; handshake, by peer; retry safe"],
    async ours({ certificates, serve, peer, step, hold }) {
      let tell!: (error: unknown) => void;
      const failed = hold(new Promise<never>((_, reject) => tell = reject));
      const identity = { ...certificates().localhost, ...tls };
      const server = await serve({ port: 0, tls: identity, onError: tell }, () => {});
      const { port } = server.address as TcpAddress;
      await peer.secure(await peer.dial({ port }), { role: "client", ...far });
      await step("onError", failed, { anyWords });
    },
    async raw({ certificates, secureListen, peer }) {
      const listener = await secureListen(certificates().localhost);
      const accepting = listener.accept();
      await peer.secure(await peer.dial({ port: listener.port }), { role: "client", ...far });
      await accepting;
    },
  };
}

const serves: readonly Condition[] = [
  clients,
  // Deno does not tell that it is the version.
  refusing("old-version", "the client knows nothing newer than TLS 1.1", { version: "TLSv1.1" }, { anyWords: true }),
  refusing("no-common-protocol", "no protocol is common to both (ALPN)", { alpn: ["h2"] }, {
    alpnProtocols: ["http/1.1"],
  }),
  {
    id: "tls-serve-silence",
    title: "a client says nothing, and there is a `handshakeTimeout`; another one beside it is served",
    group: served,
    expected: [
      'the other client: "secure"',
      "onError: ConnectError timeout; handshake, by local; retry safe",
      "the silent client: gone",
    ],
    async ours({ certificates, serve, peer, step, note, hold }) {
      const { ca, localhost } = certificates();
      let tell!: (error: unknown) => void;
      const failed = hold(new Promise<never>((_, reject) => tell = reject));
      const server = await serve({ port: 0, tls: localhost, handshakeTimeout: 100, onError: tell }, () => {});
      const { port } = server.address as TcpAddress;
      const far = await peer.dial({ port });
      await step("the other client", peer.secure(await peer.dial({ port }), { role: "client", ca }));
      await step("onError", failed);
      await peer.on(far, "fate");
      note("the silent client: gone");
    },
    async raw({ certificates, secureListen, peer }) {
      const listener = await secureListen(certificates().localhost);
      const accepting = listener.accept();
      await peer.dial({ port: listener.port });
      await accepting;
    },
  },
];

const FAILED = (told: string, by: string, cause = ""): string[] => [
  `startTls: ConnectionAbortedError ${told}; startTls, by ${by}; not retry safe; 0 read, 0 written, 0 unsent${cause}`,
  `write: ConnectionAbortedError ${told}; write, by ${by}; retry safe; 0 read, 0 written, 0 unsent${cause}`,
  `closed: ${told.split(" ")[0]}`,
];

async function rawStart(
  { certificates, pair, peer }: Raw,
  act: (far: number, socket: RawSocket) => unknown,
): Promise<void> {
  const { socket, far } = await pair();
  const starting = socket.startTls(certificates().ca);
  await hello(peer, far);
  await act(far, socket);
  await starting;
}

/** The peer does something else than to answer. */
const answers = ACTS.map(({ id, title, told, act }): Condition => ({
  id: `tls-start-${id}`,
  title,
  group: started,
  expected: FAILED(told, "peer"),
  async ours(context) {
    const { pair, peer, step, closed, hold } = context;
    const { connection, far } = await pair();
    const starting = hold(connection.startTls(trusting(context)));
    await hello(peer, far);
    await act(peer, far);
    await step("startTls", starting);
    await step("write", connection.writer.write("x"));
    await closed(connection);
  },
  raw: (context) => rawStart(context, (far) => act(context.peer, far)),
}));

/** This side gives up while the peer is silent. */
const givenUp = ([
  ["timeout", "no answer, and a `timeout`", FAILED("timeout", "local")],
  ["signal", "no answer, and the signal is aborted", FAILED("signal", "local", '; cause "enough"')],
  ["abort", "`abort` in the handshake", FAILED("closed", "local", '; cause "enough"')],
  ["close", "`close` in the handshake", FAILED("closed", "local")],
] as const).map(([how, title, expected]): Condition => ({
  id: `tls-start-${how}`,
  title,
  group: started,
  expected: [...expected, "the peer: gone"],
  async ours(context) {
    const { pair, peer, step, closed, note, hold } = context;
    const { connection, far } = await pair();
    const controller = new AbortController();
    const bound = how === "timeout" ? { timeout: 60 } : how === "signal" ? { signal: controller.signal } : {};
    const starting = hold(connection.startTls({ ...trusting(context), ...bound }));
    await hello(peer, far);
    if (how === "signal") controller.abort("enough");
    if (how === "abort") connection.abort("enough");
    if (how === "close") void connection.close();
    await step("startTls", starting);
    await step("write", connection.writer.write("x"));
    await closed(connection);
    await peer.on(far, "fate");
    note("the peer: gone");
  },
  raw: (context) => rawStart(context, (_, socket) => how === "timeout" || socket.close()),
}));

const starts: readonly Condition[] = [
  ...answers,
  ...givenUp,
  {
    id: "tls-start-injected",
    title: "plaintext of the peer is at hand before `startTls`: somebody may have injected it",
    group: started,
    expected: [
      "startTls: ConnectionAbortedError tls; startTls, by peer; not retry safe; 26 read, 0 written, 0 unsent",
      "closed: tls",
      "the peer: 0 bytes",
    ],
    async ours(context) {
      const { pair, peer, step, closed, note } = context;
      const { connection, far } = await pair();
      await peer.send(far, "220 go ahead\r\n250 injected");
      await connection.reader.readLine();
      await step("startTls", connection.startTls(trusting(context)));
      await closed(connection);
      note(`the peer: ${(await peer.on(far, "fate")).bytes} bytes`);
    },
    async raw({ certificates, pair, peer, rest }) {
      const { socket, far } = await pair();
      await peer.send(far, "220 go ahead\r\n250 injected");
      await rest(20);
      await socket.startTls(certificates().ca);
    },
  },
  {
    id: "tls-start-while-reading",
    title: "`startTls` while a read waits: refused, and nothing is harmed",
    group: started,
    expected: [
      "startTls: BusyError: Cannot start startTls: read is still under way on this object; await it first",
      'read: "hello"',
      "startTls again: done",
      'read over TLS: "secret"',
    ],
    async ours(context) {
      const { certificates, pair, peer, step, hold } = context;
      const { connection, far } = await pair();
      const reading = hold(connection.reader.read());
      await step("startTls", connection.startTls(trusting(context)));
      await peer.send(far, "hello");
      await step("read", reading);
      const starting = hold(connection.startTls(trusting(context)));
      await peer.secure(far, { role: "server", ...certificates().localhost });
      await step("startTls again", starting);
      await peer.seal(far, "secret");
      await step("read over TLS", connection.reader.read());
    },
    async raw({ certificates, pair, peer }) {
      const { socket, far } = await pair();
      const reading = socket.read();
      const starting = socket.startTls(certificates().ca);
      await peer.send(far, "hello");
      await reading;
      await starting;
    },
  },
  {
    id: "tls-start-as-server",
    title: "`startTls` as the server, of a connection that was dialled",
    group: started,
    expected: ['the peer: "secure"', "startTls: done", 'read: "secret"'],
    async ours({ certificates, pair, peer, step, hold }) {
      const { ca, localhost } = certificates();
      const { connection, far } = await pair();
      const starting = hold(connection.startTls({ role: "server", ...localhost }));
      await step("the peer", peer.secure(far, { role: "client", ca }));
      await step("startTls", starting);
      await peer.seal(far, "secret");
      await step("read", connection.reader.read());
    },
    raw({ note }) {
      note("not tried: Deno's own sockets cannot");
      return Promise.resolve();
    },
  },
];

export const tlsHandshakes: readonly Condition[] = overTls([...dials, ...serves, ...starts]);
