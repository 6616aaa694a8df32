/** Length-prefixed frames read with promise-socket. */
import type { Buffer } from "node:buffer";
import { PromiseSocket } from "promise-socket";
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";

await run({
  async read(task, window) {
    const socket = new PromiseSocket(await dial(task));
    for (;;) {
      const length = (await socket.read(4) as Buffer).readUInt32BE();
      const frame = await socket.read(length) as Buffer;
      if (window.add(frame.length === 0 ? 0 : 1)) break;
    }
  },
});
