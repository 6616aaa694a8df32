/** Memory with a `net.Socket`. */
import { on } from "node:events";
import { Readable } from "node:stream";
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";
import { flood } from "./flood.ts";
import { weigh } from "./idle.ts";
import { held, slowBranch } from "./slow.ts";

await run({
  idle: (task) =>
    weigh(task, async (task) => {
      const socket = await dial(task);
      return socket.on("data", () => {});
    }),
  async eventsOn(task) {
    const socket = await dial(task);
    const chunks = on(socket, "data");
    return held({ next: async () => (await chunks.next()).value![0].length, received: () => socket.bytesRead });
  },
  async array(task) {
    const socket = await dial(task);
    const chunks: Uint8Array[] = [];
    let received = 0;
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      received += chunk.length;
    });
    const next = (): Promise<number> => Promise.resolve(chunks.shift()?.length ?? 0);
    return held({ next, received: () => received });
  },
  tee: async (task) => held(slowBranch(Readable.toWeb(await dial(task)))),
  async flood(task) {
    const socket = await dial(task);
    return flood({ write: (bytes) => void socket.write(bytes), waiting: () => socket.writableLength });
  },
});
