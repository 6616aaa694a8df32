/** What the raw halves use: the runtime's own sockets, each of which notes by itself whatever it is told. */
import { once } from "node:events";
import * as net from "node:net";
import * as tls from "node:tls";
import { rawTold } from "./told.ts";

/** Where to. */
export type RawAddress = { readonly hostname?: string; readonly port: number } | { readonly path: string };

export type Note = (line: string) => void;

/** A socket without the package. */
export interface RawSocket {
  /** One read: Deno's `read()`; with `node:net` everything until the next event. */
  read(): Promise<void>;
  /** Reads until there is nothing more to read. */
  readToEnd(): Promise<void>;
  /** Writes so many bytes. */
  write(bytes: number): Promise<void>;
  /** Half-closes. */
  closeWrite(): Promise<void>;
  /** Has the kernel ask whether the other end is still there. */
  keepAlive(): void;
  /** Becomes a TLS client, in place; gives nothing where the handshake failed. */
  startTls(ca: string): Promise<RawSocket | undefined>;
  /** Closes. */
  close(): void;
}

/** A listener without the package. */
export interface RawListener {
  readonly port: number;
  accept(): Promise<RawSocket | undefined>;
  close(): void;
}

/** The longest wait for an operation: some never settle. */
let patience = 600;

/** Waits as long as the kernel of a `network()` may take. */
export function bePatient(): void {
  patience = 5_000;
}

/** Notes what an operation comes to, or that it does not. */
export async function noted(note: Note, name: string, work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<string>((resolve) => timer = setTimeout(() => resolve("pending"), patience));
  const line = await Promise.race([
    work.then((value) => (value === undefined ? "done" : String(value)), (error: unknown) => rawTold(error)),
    late,
  ]);
  clearTimeout(timer!);
  note(`${name}: ${line}`);
  return line !== "pending";
}

/** A `Deno.Conn`. */
export class DenoRawSocket implements RawSocket {
  readonly #conn: Deno.Conn;
  readonly #note: Note;

  constructor(conn: Deno.Conn, note: Note) {
    this.#conn = conn;
    this.#note = note;
  }

  async read(): Promise<void> {
    await noted(this.#note, "read", this.#conn.read(new Uint8Array(65_536)));
  }

  async readToEnd(): Promise<void> {
    let bytes = 0;
    const all = async (): Promise<string> => {
      for (;;) {
        const count = await this.#conn.read(new Uint8Array(65_536));
        if (count === null) return `end after ${bytes} bytes`;
        bytes += count;
      }
    };
    await noted(this.#note, "read to the end", all().catch((error) => `${bytes} bytes, then ${rawTold(error)}`));
  }

  async write(bytes: number): Promise<void> {
    const all = async (): Promise<number> => {
      for (let left = bytes; left > 0;) left -= await this.#conn.write(new Uint8Array(left));
      return bytes;
    };
    await noted(this.#note, "write", all());
  }

  async closeWrite(): Promise<void> {
    await noted(this.#note, "closeWrite", this.#conn.closeWrite());
  }

  keepAlive(): void {
    (this.#conn as Deno.TcpConn).setKeepAlive(true);
  }

  async startTls(ca: string): Promise<RawSocket | undefined> {
    let conn: Deno.TlsConn | undefined;
    const starting = async (): Promise<void> => {
      conn = await Deno.startTls(this.#conn as Deno.TcpConn, { hostname: "localhost", caCerts: [ca] });
      await conn.handshake();
    };
    return await noted(this.#note, "startTls", starting()) && conn ? new DenoRawSocket(conn, this.#note) : undefined;
  }

  close(): void {
    try {
      this.#conn.close();
      this.#note("close(): done");
    } catch (error) {
      this.#note(`close(): ${rawTold(error)}`);
    }
  }
}

/** A `net.Socket`. */
export class NodeRawSocket implements RawSocket {
  readonly #socket: net.Socket;
  readonly #note: Note;
  #bytes = 0;
  #over = false;
  #wake: () => void = () => {};

  constructor(socket: net.Socket, note: Note) {
    this.#socket = socket;
    this.#note = note;
    const event = (name: string, over: boolean, say: (value: unknown) => string) =>
      socket.on(name, (value: unknown) => {
        note(`'${name}'${say(value)}`);
        this.#over ||= over;
        this.#wake();
      });
    event("end", true, () => this.#bytes > 0 ? ` after ${this.#bytes} bytes` : "");
    event("error", true, (error) => ` ${this.#bytes > 0 ? `after ${this.#bytes} bytes ` : ""}${rawTold(error)}`);
    event("close", true, (hadError) => `(${hadError})`);
  }

  async read(): Promise<void> {
    await this.#until(() => this.#over || this.#bytes > 0, "read");
  }

  async readToEnd(): Promise<void> {
    await this.#until(() => this.#over, "read to the end");
    await new Promise((resolve) => setTimeout(resolve, 20)); // For the events behind the first one.
  }

  async write(bytes: number): Promise<void> {
    const written = new Promise<string>((resolve) =>
      this.#socket.write(new Uint8Array(bytes), (error) => resolve(error ? rawTold(error) : "no error"))
    );
    await noted(this.#note, "write callback", written);
  }

  async closeWrite(): Promise<void> {
    await noted(this.#note, "end()", new Promise<void>((resolve) => this.#socket.end(() => resolve())));
  }

  keepAlive(): void {
    this.#socket.setKeepAlive(true);
  }

  async startTls(ca: string): Promise<RawSocket | undefined> {
    const socket = tls.connect(
      {
        socket: this.#socket,
        servername: "localhost",
        host: "localhost",
        ca,
        allowHalfOpen: true,
      } as tls.ConnectionOptions,
    );
    return await secured(socket, "startTls", this.#note);
  }

  close(): void {
    this.#socket.destroy();
    this.#note("destroy(): done");
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    const before = this.#bytes;
    const onData = (chunk: Uint8Array): void => {
      this.#bytes += chunk.length;
      this.#wake();
    };
    this.#socket.on("data", onData);
    this.#socket.resume(); // One that was paused does not go on by itself.
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, patience);
    while (!holds() && !late) await new Promise<void>((resolve) => this.#wake = resolve);
    clearTimeout(timer);
    this.#socket.off("data", onData);
    this.#socket.pause();
    if (this.#bytes > before && what === "read") this.#note(`'data' ${this.#bytes - before} bytes`);
    if (!holds()) this.#note(`${what}: no event`);
  }
}

/** A `tls.TLSSocket` whose handshake is done; nothing where it failed. */
export async function secured(socket: tls.TLSSocket, name: string, note: Note): Promise<RawSocket | undefined> {
  const raw = new NodeRawSocket(socket, note);
  const settled = new Promise((resolve) => {
    for (const event of ["secureConnect", "error", "close"]) socket.once(event, () => resolve(event));
  });
  await noted((line) => line.endsWith("pending") && note(line), name, settled);
  await new Promise((resolve) => setTimeout(resolve, 20)); // For the events behind the first one.
  if (!socket.connecting && !socket.destroyed) return raw;
  socket.destroy();
  return undefined;
}

/** Dials with the runtime's own sockets. */
export async function rawDial(
  native: boolean,
  address: RawAddress,
  note: Note,
  signal?: AbortSignal,
): Promise<RawSocket | undefined> {
  return native ? await denoDial(address, note, signal) : await nodeDial(address, note, signal);
}

async function denoDial(address: RawAddress, note: Note, signal?: AbortSignal): Promise<RawSocket | undefined> {
  const given = signal === undefined ? {} : { signal };
  let conn: Deno.Conn | undefined;
  const dialling =
    ("path" in address
      ? Deno.connect({ transport: "unix", path: address.path, ...given } as Deno.UnixConnectOptions)
      : Deno.connect({ hostname: "127.0.0.1", ...address, ...given })).then((made) => {
        conn = made;
      });
  await noted((line) => line === "Deno.connect: done" || note(line), "Deno.connect", dialling);
  return conn === undefined ? undefined : new DenoRawSocket(conn, note);
}

async function nodeDial(address: RawAddress, note: Note, signal?: AbortSignal): Promise<RawSocket | undefined> {
  try {
    const where = "path" in address ? address : { host: address.hostname ?? "127.0.0.1", port: address.port };
    const socket = net.connect({ ...where, allowHalfOpen: true, ...(signal && { signal }) } as net.NetConnectOpts);
    const raw = new NodeRawSocket(socket, note);
    const settled = new Promise((resolve) => {
      for (const event of ["connect", "close"]) socket.once(event, () => resolve(event));
    });
    if (await noted((line) => line.endsWith("pending") && note(line), "connect", settled) && !socket.destroyed) {
      return raw;
    }
    socket.destroy();
  } catch (error) {
    note(`net.connect: ${rawTold(error)}`);
  }
  return undefined;
}

/** Listens with the runtime's own sockets. */
export async function rawListen(native: boolean, address: RawAddress, note: Note): Promise<RawListener | undefined> {
  try {
    return native ? denoListen(address, note) : await nodeListen(address, note);
  } catch (error) {
    note(`listen: ${rawTold(error)}`);
    return undefined;
  }
}

function denoListen(address: RawAddress, note: Note): RawListener {
  const listener: Deno.Listener = "path" in address
    ? Deno.listen({ transport: "unix", path: address.path })
    : Deno.listen({ hostname: "127.0.0.1", ...address });
  return {
    port: (listener.addr as Deno.NetAddr).port,
    async accept() {
      let conn: Deno.Conn | undefined;
      await noted(note, "accept", listener.accept().then((made) => void (conn = made)));
      return conn && new DenoRawSocket(conn, note);
    },
    close() {
      listener.close();
      note("close(): done");
    },
  };
}

async function nodeListen(address: RawAddress, note: Note): Promise<RawListener> {
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen("path" in address ? address : { host: address.hostname ?? "127.0.0.1", port: address.port });
  await once(server, "listening"); // Rejects on 'error'.
  server.on("error", (error) => note(`'error' ${rawTold(error)}`));
  server.on("close", () => note("'close'"));
  return {
    port: (server.address() as net.AddressInfo | null)?.port ?? 0,
    async accept() {
      let raw: RawSocket | undefined;
      const accepted = new Promise<void>((resolve) =>
        server.once("connection", (socket) => {
          note(`'connection' from ${socket.remoteAddress}`);
          raw = new NodeRawSocket(socket, note);
          resolve();
        })
      );
      await noted(note, "accept", accepted);
      return raw;
    },
    close() {
      server.close();
      note("close(): done");
    },
  };
}
