/** Writes with a `net.Socket`. */
import { once } from "node:events";
import process from "node:process";
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";

await run({
  async bulk(task, window) {
    const socket = await dial(task);
    const bytes = new Uint8Array(65_536).fill(7);
    const drained = (): Promise<void> => new Promise((resolve) => socket.once("drain", resolve));
    do if (!socket.write(bytes)) await drained(); while (!window.add(bytes.length));
  },
  async small(task, window) {
    const socket = await dial(task);
    const message = new Uint8Array(task.record).fill(7);
    do await new Promise<void>((resolve) => socket.write(message, () => resolve())); while (!window.add(1));
  },
  /** As the documentation of `writable.uncork()` has it: uncorked in `process.nextTick`. */
  async cork(task, window) {
    const socket = await dial(task);
    const message = new Uint8Array(task.record).fill(7);
    for (let over = false; !over;) {
      let full = false;
      socket.cork();
      for (let count = 0; count < 640 && !over; count++) {
        full = !socket.write(message);
        over = window.add(1);
      }
      process.nextTick(() => socket.uncork());
      await (full ? once(socket, "drain") : new Promise<void>((resolve) => process.nextTick(resolve)));
    }
  },
});
