/**
 * The other process of every row: a plain Deno server. Prints its port; each connection says in its first 16 bytes what
 * it wants (`subjects/request.ts`), and gets it for as long as it likes.
 */
import { REQUEST } from "./subjects/request.ts";

/** A plain sender with blocks of about so many bytes is as fast as loopback goes. */
const BLOCK = 1_048_576;

type Feed = (conn: Deno.TcpConn) => Promise<void>;

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await conn.write(done === 0 ? bytes : bytes.subarray(done));
}

/** Sends one record over and over. */
function repeating(record: Uint8Array): Feed {
  const count = Math.max(1, Math.floor(BLOCK / record.length));
  const block = new Uint8Array(count * record.length);
  for (let index = 0; index < count; index++) block.set(record, index * record.length);
  return async (conn) => {
    for (;;) await writeAll(conn, block);
  };
}

/** `bytes` behind a length of 4 bytes, big-endian. */
function frame(bytes: number): Uint8Array {
  const record = new Uint8Array(4 + bytes).fill(7);
  new DataView(record.buffer).setUint32(0, bytes);
  return record;
}

const line = new TextEncoder().encode("the quick brown fox jumps over the lazy dog; ".repeat(3).slice(0, 99) + "\n");

const feeds: Record<string, Feed> = {
  bytes: repeating(new Uint8Array(65_536).fill(7)),
  lines: repeating(line),
  "frames 64": repeating(frame(64)),
  "frames 1024": repeating(frame(1_024)),
  "frames 65536": repeating(frame(65_536)),
  /** Reads as fast as it can. */
  async sink(conn) {
    const buffer = new Uint8Array(262_144);
    while (await conn.read(buffer) !== null);
  },
  async echo(conn) {
    conn.setNoDelay(true);
    const buffer = new Uint8Array(65_536);
    for (let bytes = await conn.read(buffer); bytes !== null; bytes = await conn.read(buffer)) {
      await writeAll(conn, buffer.subarray(0, bytes));
    }
  },
  /** Says nothing, until the other end is gone. */
  async idle(conn) {
    while (await conn.read(new Uint8Array(64)) !== null);
  },
  /** Does not read for as long as a sample takes. */
  stall: () => new Promise((resolve) => setTimeout(resolve, 5_000)),
};

/** Connects to the one that asks, and sends there. */
async function dial(port: number): Promise<void> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await feeds.bytes!(conn);
}

async function serve(conn: Deno.TcpConn): Promise<void> {
  try {
    const request = new Uint8Array(REQUEST);
    for (let bytes = 0; bytes < REQUEST;) {
      const count = await conn.read(request.subarray(bytes));
      if (count === null) return;
      bytes += count;
    }
    const feed = new TextDecoder().decode(request).trim();
    await (feed.startsWith("dial ") ? dial(Number(feed.slice(5))) : feeds[feed]!(conn));
  } catch {
    // The subject has seen enough and is gone: nothing to tell anybody.
  } finally {
    conn.close();
  }
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.log(listener.addr.port);
for (;;) {
  const conn = await listener.accept().catch(() => null); // Reset before it was accepted.
  if (conn !== null) void serve(conn);
}
