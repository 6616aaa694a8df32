/** What stands on top of connections: a relay between two of them, a codec that takes over. */
import assert from "node:assert/strict";
import { type Connection, copy, framed, relay, type RelayCounts } from "@hawser/net";
import { jsonLines } from "@hawser/net/codecs";
import { type Explored, explored, onceOver } from "./rules.ts";

/** The nth connection of a relay: the client's is the first, the server's the second. */
async function clientOrServer({ reader, writer }: Connection, nth: number): Promise<void> {
  if (nth === 1) {
    await writer.write("a question\n");
    await writer.closeWrite();
    await reader.readAll();
  } else {
    await reader.readAll();
    await writer.write("an answer that is longer\n");
    await writer.closeWrite();
  }
}

const relayed: Explored = explored("a relay between a client and a server", {
  async local({ connection, dial }): Promise<RelayCounts> {
    await using server = await dial();
    return await relay(connection, server);
  },
  peer: clientOrServer,
}, {
  // An end at a byte is an end in order to a relay, which knows no messages: then its counts say how far it came.
  check({ aToB, bToA }, { way }, clean) {
    if (way === "end") assert.ok(aToB <= clean.aToB && bToA <= clean.bToA);
    else assert.deepEqual({ aToB, bToA }, clean);
  },
  checkError: (error) => assert.ok("aToB" in (error as object), "a relay that failed does not say how far it came"),
});

const copied: Explored = explored("a copy from one connection to another", {
  async local({ connection, dial }) {
    await using to = await dial();
    return await copy(connection.reader, to.writer);
  },
  async peer({ reader, writer }, nth) {
    if (nth === 1) await writer.write("all that there is");
    else await reader.readAll();
  },
}, {
  check: (bytes, { way }, clean) => assert.ok(way === "end" ? bytes <= clean : bytes === clean),
  checkError: () => {},
});

const swapped: Explored = explored("a codec that is swapped in the middle", {
  local: ({ connection }) =>
    onceOver(connection, async () => {
      const head = await framed(connection, jsonLines<{ length: number }>()).receive({ required: true });
      const body = await connection.reader.readExactly(head.length);
      const rest = await framed(connection, jsonLines<string>()).receive({ required: true });
      return [head.length, body.length, rest];
    }),
  async peer({ writer }) {
    await writer.write('{"length": 5}\n12345"more"\n');
  },
});

export const conveniences: readonly Explored[] = [relayed, copied, swapped];
