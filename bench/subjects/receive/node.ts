/** Bytes as they come, with a `net.Socket`. */
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";

await run({
  onread(task, window) {
    return new Promise((resolve) => {
      let over = false;
      const callback = (bytes: number): boolean => {
        if (window.add(bytes / task.record) && !over) {
          over = true;
          resolve();
        }
        return !over;
      };
      void dial(task, { buffer: new Uint8Array(65_536), callback });
    });
  },
  async data(task, window) {
    const socket = await dial(task);
    await new Promise<void>((resolve) => {
      socket.on("data", (chunk) => {
        if (!window.add(chunk.length / task.record)) return;
        socket.pause();
        resolve();
      });
    });
  },
  async iterate(task, window) {
    const socket = await dial(task);
    for await (const chunk of socket) if (window.add(chunk.length / task.record)) break;
  },
});
