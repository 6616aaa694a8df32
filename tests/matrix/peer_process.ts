/**
 * The other end: plain `node:net` in a process of its own, which knows nothing of the package. Requests come as JSON
 * lines on standard input, each is answered by a JSON line; when the input ends, so does the process.
 */
import { once } from "node:events";
import * as net from "node:net";
import process from "node:process";
import { createInterface } from "node:readline";
import { SecureEnd, type SecureRequest, type Where } from "./peer_tls.ts";

interface Request {
  readonly n: number;
  readonly do: string;
  readonly id?: number;
  readonly path?: string;
  readonly port?: number;
  readonly backlog?: number;
  readonly host?: string;
  readonly text?: string;
  readonly bytes?: number;
  readonly times?: number;
  /** Of `secure`. */
  readonly tls?: SecureRequest;
  /** Of `cut`. */
  readonly where?: Where;
  /** Of `cut`: what happens to the socket there. */
  readonly then?: "end" | "reset";
  /** Of `harm`. */
  readonly direction?: "in" | "out";
}

const servers = new Map<number, net.Server>();
const sockets = new Map<number, net.Socket>();
const secured = new Map<number, SecureEnd>();
const received = new Map<number, number>();
const ends = new Map<number, string>();
let queue: number[] = [];
let wake: () => void = () => {};
let last = 0;

function keep(socket: net.Socket): number {
  const id = ++last;
  sockets.set(id, socket);
  received.set(id, 0);
  socket.on("error", (error: { code?: string }) => ends.set(id, error.code ?? "error"));
  socket.on("end", () => ends.set(id, ends.get(id) ?? "end"));
  socket.on("close", () => ends.set(id, ends.get(id) ?? "closed"));
  socket.pause(); // First: a listener for data sets it going for a turn.
  socket.on("data", (chunk: Uint8Array) => received.set(id, received.get(id)! + chunk.length));
  return id;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

const DO: Record<string, (request: Request) => unknown> = {
  hello: () => ({}),
  accepted: () => ({ bytes: queue.length }),
  async listen({ path, port = 0, host = "127.0.0.1", backlog = 511 }) {
    const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true });
    server.on("connection", (socket) => {
      queue.push(keep(socket));
      wake();
    });
    server.listen(path === undefined ? { port, host, backlog } : { path, backlog });
    await once(server, "listening");
    servers.set(++last, server);
    return { id: last, port: (server.address() as net.AddressInfo).port };
  },
  async accept() {
    while (queue.length === 0) await new Promise<void>((resolve) => wake = resolve);
    return { id: queue.shift() };
  },
  async dial({ path, port, host = "127.0.0.1", times = 1 }) {
    const where = path === undefined ? { port: port!, host } : { path };
    const made = Array.from({ length: times }, () => net.connect({ allowHalfOpen: true, ...where }));
    const ids = made.map(keep);
    if (times === 1) await once(made[0]!, "connect");
    return { id: ids[0] };
  },
  async send({ id, text, bytes }) {
    const socket = sockets.get(id!)!;
    await new Promise((resolve) => socket.write(text ?? new Uint8Array(bytes!), resolve));
  },
  /** The send, and the reset right behind it, in one turn. */
  sendAndReset({ id, text, bytes }) {
    const socket = sockets.get(id!)!;
    socket.write(text ?? new Uint8Array(bytes!));
    socket.resetAndDestroy();
  },
  /** The send, and the close right behind it, in one turn. */
  sendAndClose({ id, text, bytes }) {
    const socket = sockets.get(id!)!;
    socket.write(text ?? new Uint8Array(bytes!));
    socket.destroy();
  },
  end: ({ id }) => void sockets.get(id!)!.end(),
  close: ({ id }) => void sockets.get(id!)!.destroy(),
  reset: ({ id }) => void sockets.get(id!)!.resetAndDestroy(),
  read: ({ id }) => void sockets.get(id!)!.resume(),
  /** Reads until so many bytes are here. */
  async take({ id, bytes }) {
    const socket = sockets.get(id!)!;
    socket.resume();
    await until(() => received.get(id!)! >= bytes! || ends.has(id!));
    socket.pause();
    return { bytes: received.get(id!) };
  },
  /** Reads to the end, or to the error. */
  async fate({ id }) {
    sockets.get(id!)!.resume();
    await until(() => ends.has(id!));
    return { bytes: received.get(id!), end: ends.get(id!) };
  },
  /** The handshake of this side; answers when it is done, or has failed. */
  async secure({ id, tls }) {
    const end = new SecureEnd(sockets.get(id!)!, tls!);
    secured.set(id!, end);
    await until(() => end.secure || end.end !== undefined);
    return { end: end.secure ? "secure" : end.end };
  },
  seal: ({ id, text, bytes }) => secured.get(id!)!.seal(text ?? new Uint8Array(bytes!)),
  /** Sends a record, or half of it, and then ends the stream beneath TLS. */
  async cut({ id, text, where, then }) {
    const bytes = await secured.get(id!)!.sealed(text!, where!);
    const socket = sockets.get(id!)!;
    if (bytes.length > 0) socket.write(bytes);
    if (then === "reset") socket.resetAndDestroy();
    else socket.end();
  },
  goodbye: ({ id }) => secured.get(id!)!.goodbye(),
  harm: ({ id, direction }) => secured.get(id!)!.harm(direction!),
  /** Decrypts no more, so that it reads no more. */
  rest: ({ id }) => secured.get(id!)!.pause(),
  /** Reads to the end of TLS, or to the error. */
  async fateOfTls({ id }) {
    const end = secured.get(id!)!;
    end.resume();
    await until(() => end.end !== undefined);
    return { bytes: end.received, end: end.end };
  },
  /** Reads until so much plaintext is here. */
  async takeTls({ id, bytes }) {
    const end = secured.get(id!)!;
    end.resume();
    await until(() => end.received >= bytes! || end.end !== undefined);
    return { bytes: end.received };
  },
  async unlisten({ id }) {
    const server = servers.get(id!)!;
    servers.delete(id!);
    server.close();
    await until(() => !server.listening);
  },
  clear() {
    for (const socket of sockets.values()) socket.destroy();
    for (const server of servers.values()) server.close();
    sockets.clear();
    secured.clear();
    servers.clear();
    queue = [];
  },
};

createInterface({ input: process.stdin }).on("line", async (line) => {
  const request = JSON.parse(line) as Request;
  let answer: unknown;
  try {
    answer = await DO[request.do]!(request);
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(JSON.stringify({ n: request.n, ...(answer as object) }) + "\n");
}).on("close", () => process.exit());
