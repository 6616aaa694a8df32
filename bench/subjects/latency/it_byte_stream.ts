/** Round trips with it-byte-stream. */
import { byteStreamOf } from "../byte_streams.ts";
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";
import { trips } from "./trips.ts";

await run({
  trip: (task, window) =>
    trips(task, window, async () => {
      const stream = byteStreamOf(await dial(task));
      const message = new Uint8Array(task.record).fill(7);
      return async () => {
        await stream.write(message);
        await stream.read({ bytes: task.record });
      };
    }),
});
