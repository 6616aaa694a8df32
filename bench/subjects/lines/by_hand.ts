/** What people write by hand: decode, `split`, keep the tail. */
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";

await run({
  async split(task, window) {
    const socket = await dial(task);
    socket.setEncoding("utf8");
    let tail = "";
    await new Promise<void>((resolve) => {
      socket.on("data", (text) => {
        const lines = (tail + text).split("\n");
        tail = lines.pop()!;
        if (window.add(lines.length)) resolve();
      });
    });
  },
});
