/** Bytes as they come, with promise-socket. */
import { PromiseSocket } from "promise-socket";
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";

await run({
  async read(task, window) {
    const socket = new PromiseSocket(await dial(task));
    for (let chunk; (chunk = await socket.read());) if (window.add(chunk.length / task.record)) break;
  },
});
