/** Lines with `node:readline`. */
import { createInterface } from "node:readline";
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";

await run({
  async events(task, window) {
    const lines = createInterface({ input: await dial(task), crlfDelay: Infinity });
    await new Promise<void>((resolve) => {
      lines.on("line", () => {
        if (window.add(1)) resolve();
      });
    });
  },
  async iterate(task, window) {
    const lines = createInterface({ input: await dial(task), crlfDelay: Infinity });
    for await (const line of lines) if (window.add(line === "" ? 0 : 1)) break;
  },
});
