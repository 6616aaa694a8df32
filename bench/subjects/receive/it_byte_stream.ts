/** Bytes as they come, with it-byte-stream. */
import { byteStreamOf } from "../byte_streams.ts";
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";

await run({
  async read(task, window) {
    const stream = byteStreamOf(await dial(task));
    for (let chunk; (chunk = await stream.read());) if (window.add(chunk.byteLength / task.record)) break;
  },
});
