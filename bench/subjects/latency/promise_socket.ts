/** Round trips with promise-socket. */
import { Buffer } from "node:buffer";
import { PromiseSocket } from "promise-socket";
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";
import { trips } from "./trips.ts";

await run({
  trip: (task, window) =>
    trips(task, window, async () => {
      const socket = new PromiseSocket(await dial(task));
      const message = Buffer.alloc(task.record, 7);
      return async () => {
        await socket.write(message);
        await socket.read(task.record);
      };
    }),
});
