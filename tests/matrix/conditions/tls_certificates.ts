/** The server's certificate is not what it should be, or the client's. */
import type { TcpAddress, TlsOptions } from "../../../mod.ts";
import type { Condition, Notes } from "../condition.ts";
import { overTls } from "../over_tls.ts";
import type { SecureRequest } from "../peer_tls.ts";

const group = "TLS: certificates";

type All = ReturnType<Notes["certificates"]>;

/** One certificate that must be refused. */
interface Wrong {
  readonly id: string;
  readonly title: string;
  /** What the server shows. */
  identity(all: All): { readonly cert: string; readonly key: string };
  /** Whom this side trusts, besides whom it always does. @default {the authority} */
  ca?(all: All): string | undefined;
  /** @default {"localhost"} */
  readonly name?: string;
  /** Deno says that the issuer is unknown. */
  readonly anyWords?: boolean;
}

const WRONG: readonly Wrong[] = [
  {
    id: "unknown-authority",
    title: "it is signed by an authority that nobody trusts",
    identity: ({ localhost }) => localhost,
    ca: () => undefined,
  },
  {
    id: "other-authority",
    title: "it is signed by another authority than the one that is trusted",
    identity: ({ stranger }) => stranger,
  },
  { id: "self-signed", title: "it is signed by itself", identity: ({ selfSigned }) => selfSigned },
  { id: "expired", title: "it has expired", identity: ({ expired }) => expired },
  { id: "not-yet-valid", title: "it is not valid yet", identity: ({ early }) => early, anyWords: true },
  { id: "other-name", title: "it is for another name", identity: ({ other }) => other },
  {
    id: "other-address",
    title: "it is for a name, and an address was dialled",
    identity: ({ localhost }) => localhost,
    name: "127.0.0.1",
  },
  {
    id: "wrong-usage",
    title: "it is one to be a client with",
    identity: ({ clientOnly }) => clientOnly,
    anyWords: true,
  },
];

const refused = WRONG.map((
  { id, title, identity, ca = ({ ca }) => ca, name = "localhost", anyWords = false },
): Condition => ({
  id: `tls-${id}`,
  title: `the server's certificate: ${title}`,
  group,
  expected: ["connect: ConnectError tls; handshake, by peer; retry safe"],
  async ours({ certificates, connect, peer, step, hold }) {
    const trusted = ca(certificates());
    const tls: TlsOptions = { serverName: name, ...(trusted !== undefined && { caCerts: [trusted] }) };
    const { port } = await peer.listen();
    const connecting = hold(connect({ port, tls }));
    await peer.secure(await peer.accept(), { role: "server", ...identity(certificates()) });
    await step("connect", connecting, { anyWords });
  },
  async raw({ certificates, secureDial, peer, hold }) {
    const trusted = ca(certificates());
    const { port } = await peer.listen();
    const dialling = hold(secureDial({ port, name, ...(trusted !== undefined && { ca: trusted }) }));
    await peer.secure(await peer.accept(), { role: "server", ...identity(certificates()) });
    await dialling;
  },
}));

/** A server that wants a certificate, and gets none: under TLS 1.3 the client is done before it is refused. */
function demanded(version: "TLSv1.3" | "TLSv1.2", expected: readonly string[]): Condition {
  const far = (all: All): SecureRequest => ({ role: "server", ...all.localhost, ca: all.ca, version, demanding: true });
  return {
    id: `tls-client-certificate-wanted-${version === "TLSv1.3" ? "13" : "12"}`,
    title: `the server wants a certificate, and gets none (${version})`,
    group,
    expected,
    async ours({ certificates, connect, peer, step, hold }) {
      const { ca } = certificates();
      const { port } = await peer.listen();
      const connecting = hold(connect({ port, tls: { caCerts: [ca], serverName: "localhost" } }));
      const answering = hold(peer.secure(await peer.accept(), far(certificates())));
      let reading: Promise<unknown> | undefined;
      await step("connect", connecting.then(({ reader }) => void (reading = hold(reader.read()))));
      if (reading !== undefined) await step("read", reading);
      await answering;
    },
    async raw({ certificates, secureDial, peer, hold }) {
      const { port } = await peer.listen();
      const dialling = hold(secureDial({ port, ca: certificates().ca }));
      await peer.secure(await peer.accept(), far(certificates()));
      await (await dialling)?.read();
    },
  };
}

/** A server that asks its clients who they are. */
function asked(id: string, title: string, expected: string, identity: (all: All) => Partial<SecureRequest>): Condition {
  return {
    id: `tls-serve-${id}`,
    title: `a server asks for a certificate: ${title}`,
    group,
    expected: [expected],
    async ours({ certificates, serve, peer, step, hold }) {
      const all = certificates();
      let tell!: (error: unknown) => void;
      let greet!: (bytes: unknown) => void;
      const refused = hold(new Promise<never>((_, reject) => tell = reject));
      const served = new Promise<unknown>((resolve) => greet = resolve);
      const tls: TlsOptions = { ...all.localhost, caCerts: [all.ca] };
      const server = await serve({ port: 0, tls, onError: tell }, async ({ reader }) => greet(await reader.read()));
      const far = await peer.dial({ port: (server.address as TcpAddress).port });
      await peer.secure(far, { role: "client", ca: all.ca, ...identity(all) });
      void peer.seal(far, "hello");
      await step("client", Promise.race([refused, served]));
    },
    raw({ note }) {
      note("not tried: Deno's own sockets cannot ask");
      return Promise.resolve();
    },
  };
}

const REFUSED = "client: ConnectError tls; handshake, by peer; retry safe";

const strangers: readonly Condition[] = [
  asked("certified", "the client has a good one", 'client: "hello"', ({ localhost }) => localhost),
  asked("uncertified", "the client has none", REFUSED, () => ({})),
  asked("stranger", "the client's is of another authority", REFUSED, ({ stranger: { cert, key } }) => ({ cert, key })),
];

export const tlsCertificates: readonly Condition[] = overTls([
  ...refused,
  ...strangers,
  demanded("TLSv1.2", ["connect: ConnectError tls; handshake, by peer; retry safe"]),
  demanded("TLSv1.3", [
    "connect: done",
    "read: ConnectionAbortedError tls; read, by peer; not retry safe; 0 read, 0 written, 0 unsent",
  ]),
]);
