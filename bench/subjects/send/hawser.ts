/** Writes, each awaited, with this library. */
import { dial } from "../dial_hawser.ts";
import { run } from "../window.ts";

await run({
  async bulk(task, window) {
    const { writer } = await dial(task);
    const bytes = new Uint8Array(65_536).fill(7);
    do await writer.write(bytes); while (!window.add(bytes.length));
  },
  async small(task, window) {
    const { writer } = await dial(task);
    const message = new Uint8Array(task.record).fill(7);
    do await writer.write(message); while (!window.add(1));
  },
});
