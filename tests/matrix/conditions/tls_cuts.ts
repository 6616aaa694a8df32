/** A byte proxy cuts the ciphertext. */
import type { Condition } from "../condition.ts";
import { asEach, overTls } from "../over_tls.ts";
import type { Where } from "../peer_tls.ts";

const group = "TLS: the stream is cut";

const PLACES: Record<Where, string> = { inside: "inside a record", boundary: "behind a whole record" };
const WHERES: readonly Where[] = ["inside", "boundary"];

/** Cut by FIN or RST while a read waits: four places for each role. */
const cuts = WHERES.flatMap((where) =>
  (["end", "reset"] as const).flatMap((then) =>
    asEach((role, name): Condition => {
      const [sign, told] = then === "end" ? ["FIN", "tls"] : ["RST", "reset ECONNRESET"];
      const bytes = where === "inside" ? 5 : 10;
      const error = `ConnectionAbortedError ${told}`;
      return {
        id: name(`tls-${sign.toLowerCase()}-${where}`),
        title: `${sign} without close_notify ${PLACES[where]} (${role})`,
        group,
        expected: [
          'read: "first"',
          ...(where === "inside" ? [] : ['read again: "again"']),
          `the last read: ${error}; read, by peer; not retry safe; ${bytes} read, 0 written, 0 unsent`,
          `write: ${error}; write, by peer; retry safe; ${bytes} read, 0 written, 0 unsent`,
          `closed: ${told.split(" ")[0]}`,
        ],
        async ours({ securePair, peer, step, closed, hold }) {
          const { connection, far } = await securePair(role);
          await peer.seal(far, "first");
          await step("read", connection.reader.read());
          const reading = hold(connection.reader.read());
          await peer.cut(far, "again", where, then);
          if (where === "boundary") await step("read again", reading);
          await step("the last read", where === "boundary" ? connection.reader.read() : reading);
          await step("write", connection.writer.write("x"));
          await closed(connection);
        },
        async raw({ securePair, peer }) {
          const { socket, far } = await securePair(role);
          await peer.seal(far, "first");
          await peer.cut(far, "again", where, then);
          await socket.readToEnd();
        },
      };
    })
  )
);

/** Where the caller has said that a peer may leave without a goodbye. */
const tolerated = WHERES.flatMap((where) =>
  asEach((role, name): Condition => ({
    id: name(`tls-tolerated-${where}`),
    title: `FIN without close_notify ${PLACES[where]}, with \`truncation: "end"\` (${role})`,
    group,
    expected: where === "boundary" ? ['read: "again"', "the last read: null", "write: done", "closed: clean"] : [
      "the last read: ConnectionAbortedError tls; read, by peer; not retry safe; 0 read, 0 written, 0 unsent",
      "write: ConnectionAbortedError tls; write, by peer; retry safe; 0 read, 0 written, 0 unsent",
      "closed: tls",
    ],
    async ours({ securePair, peer, step, closed }) {
      const { connection, far } = await securePair(role, { tls: { truncation: "end" } });
      await peer.cut(far, "again", where, "end");
      if (where === "boundary") await step("read", connection.reader.read());
      await step("the last read", connection.reader.read());
      await step("write", connection.writer.write("x"));
      void connection.close();
      await closed(connection);
    },
    async raw({ securePair, peer }) {
      const { socket, far } = await securePair(role);
      await peer.cut(far, "again", where, "end");
      await socket.readToEnd();
    },
  }))
);

/** The same end, in order. */
const goodbyes = asEach((role, name): Condition => ({
  id: name("tls-goodbye"),
  title: `data, close_notify, then FIN (${role})`,
  group,
  expected: ['read: "again"', "the last read: null", "write: done", "closed: clean"],
  async ours({ securePair, peer, step, closed }) {
    const { connection, far } = await securePair(role);
    await peer.seal(far, "again");
    await peer.goodbye(far);
    await peer.on(far, "end");
    await step("read", connection.reader.read());
    await step("the last read", connection.reader.read());
    await step("write", connection.writer.write("x"));
    void connection.close();
    await closed(connection);
  },
  async raw({ securePair, peer }) {
    const { socket, far } = await securePair(role);
    await peer.seal(far, "again");
    await peer.goodbye(far);
    await peer.on(far, "end");
    await socket.readToEnd();
    await socket.write(1);
  },
}));

export const tlsCuts: readonly Condition[] = overTls([...cuts, ...tolerated, ...goodbyes]);
