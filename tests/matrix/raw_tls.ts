/** TLS with the runtime's own sockets. */
import { once } from "node:events";
import * as net from "node:net";
import * as tls from "node:tls";
import type { Identity } from "../certificates.ts";
import {
  DenoRawSocket,
  NodeRawSocket,
  type Note,
  noted,
  type RawListener,
  type RawSocket,
  secured,
} from "./raw_socket.ts";
import { rawTold } from "./told.ts";

/** Where to, and how. */
export interface RawTls {
  readonly port: number;
  /** @default {"localhost"} */
  readonly name?: string;
  readonly ca?: string;
  readonly alpn?: readonly string[];
}

/** Dials; notes a failure and then gives nothing. */
export async function rawSecureDial(native: boolean, how: RawTls, note: Note): Promise<RawSocket | undefined> {
  return native ? await denoDial(how, note) : await nodeDial(how, note);
}

async function denoDial({ port, name = "localhost", ca, alpn }: RawTls, note: Note): Promise<RawSocket | undefined> {
  let conn: Deno.TlsConn | undefined;
  const dialling = async (): Promise<void> => {
    const options = { ...(ca && { caCerts: [ca] }), ...(alpn && { alpnProtocols: [...alpn] }) };
    conn = await Deno.connectTls({ hostname: name, port, ...options });
    await conn.handshake();
  };
  let done = false;
  await noted((line) => (done = line === "handshake: done") || note(line), "handshake", dialling());
  if (!done) conn?.close();
  return done ? new DenoRawSocket(conn!, note) : undefined;
}

async function nodeDial({ port, name = "localhost", ca, alpn }: RawTls, note: Note): Promise<RawSocket | undefined> {
  const socket = tls.connect({
    host: "127.0.0.1",
    port,
    ...(net.isIP(name) === 0 && { servername: name }),
    ...(ca && { ca }),
    ...(alpn && { ALPNProtocols: [...alpn] }),
    allowHalfOpen: true,
  } as tls.ConnectionOptions);
  return await secured(socket, "handshake", note);
}

/** Listens; what it accepts is noted, and why a handshake failed. */
export async function rawSecureListen(native: boolean, identity: Identity, note: Note): Promise<RawListener> {
  return native ? denoListen(identity, note) : await nodeListen(identity, note);
}

function denoListen(identity: Identity, note: Note): RawListener {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...identity });
  return {
    port: (listener.addr as Deno.NetAddr).port,
    async accept() {
      let conn: Deno.TlsConn | undefined;
      const accepting = async (): Promise<void> => {
        conn = await listener.accept();
        await conn.handshake();
      };
      await noted(note, "accept, handshake", accepting());
      return conn && new DenoRawSocket(conn, note);
    },
    close() {
      listener.close();
    },
  };
}

async function nodeListen(identity: Identity, note: Note): Promise<RawListener> {
  const server = tls.createServer({ ...identity, allowHalfOpen: true, pauseOnConnect: true } as tls.TlsOptions);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.on("tlsClientError", (error) => note(`'tlsClientError' ${rawTold(error)}`));
  return {
    port: (server.address() as net.AddressInfo).port,
    async accept() {
      let raw: RawSocket | undefined;
      const accepted = new Promise<void>((resolve) => {
        server.once("tlsClientError", () => resolve());
        server.once("secureConnection", (socket) => {
          raw = new NodeRawSocket(socket, note);
          resolve();
        });
      });
      await noted(note, "accept, handshake", accepted);
      return raw;
    },
    close() {
      server.close();
    },
  };
}
