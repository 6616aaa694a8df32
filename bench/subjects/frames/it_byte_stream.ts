/** Length-prefixed frames read with it-byte-stream. */
import { byteStreamOf } from "../byte_streams.ts";
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";

await run({
  async read(task, window) {
    const stream = byteStreamOf(await dial(task));
    for (;;) {
      const length = (await stream.read({ bytes: 4 })).getUint32(0);
      const frame = (await stream.read({ bytes: length })).subarray();
      if (window.add(frame.length === 0 ? 0 : 1)) break;
    }
  },
});
