/** Memory with it-byte-stream. */
import { byteStreamOf } from "../byte_streams.ts";
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";
import { weigh } from "./idle.ts";

await run({
  idle: (task) =>
    weigh(task, async (task) => {
      const stream = byteStreamOf(await dial(task));
      return [stream, stream.read()];
    }),
});
