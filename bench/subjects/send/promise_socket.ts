/** Writes, each awaited, with promise-socket. */
import { PromiseSocket } from "promise-socket";
import { Buffer } from "node:buffer";
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";

await run({
  async bulk(task, window) {
    const socket = new PromiseSocket(await dial(task));
    const bytes = Buffer.alloc(65_536, 7);
    do await socket.write(bytes); while (!window.add(bytes.length));
  },
  async small(task, window) {
    const socket = new PromiseSocket(await dial(task));
    const message = Buffer.alloc(task.record, 7);
    do await socket.write(message); while (!window.add(1));
  },
});
