/**
 * A chat room for `nc` and `telnet`: the first line of a client is its name, each further one goes to all the others.
 *
 *     deno run --allow-net=127.0.0.1 examples/line_chat.ts
 *
 * prints where it listens. `127.0.0.1:7000` behind it makes it listen there.
 */
import process from "node:process";
import { type Connection, formatAddress, type HandlerContext, serve } from "@hawser/net";

/** Longer lines are no chat: the client is let go. */
const LINE_LIMIT = 2_000;

/** A client that takes nothing for so long, while something waits for it, is let go. */
const WRITE_TIMEOUT = 2_000;

/** Everybody, with their names. */
const room = new Map<Connection, string>();

async function chat(connection: Connection, { signal }: HandlerContext): Promise<void> {
  const { reader, writer } = connection;
  await writer.write("What is your name?\n");
  const name = printable(await reader.readLine({ limit: LINE_LIMIT, timeout: 60_000, signal }) ?? "").slice(0, 20);
  if (name === "") return;
  room.set(connection, name);
  void announce(`* ${name} has come, ${room.size} here`);
  try {
    for await (const line of reader.lines({ limit: LINE_LIMIT })) {
      await announce(`${name}: ${printable(line)}`, connection);
    }
  } finally {
    room.delete(connection);
    void announce(`* ${name} has gone, ${room.size} here`);
  }
}

/**
 * To everybody else. A write is done at once as long as little waits for its member (64 KiB): only who says more than the
 * others can read has to wait for them. An error ends the connection of that member, and is nobody else's.
 */
async function announce(line: string, except?: Connection): Promise<void> {
  const others = [...room.keys()].filter((member) => member !== except);
  await Promise.allSettled(others.map((member) => member.writer.write(`${line}\n`)));
}

/** Control characters would move the cursor of somebody else's terminal. */
function printable(line: string): string {
  return line.replace(/\p{Cc}/gu, " ").trim();
}

/** One line in the log; the others chat on. */
function report(error: unknown, connection?: Connection): void {
  console.error(`${connection ? formatAddress(connection.remoteAddress) : "server"}: ${(error as Error).message}`);
}

if (import.meta.main) {
  try {
    const options = { writeTimeout: WRITE_TIMEOUT, onError: report };
    const server = await serve(process.argv[2] ?? "127.0.0.1:0", options, chat);
    console.log(`listening on ${formatAddress(server.address)}`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
