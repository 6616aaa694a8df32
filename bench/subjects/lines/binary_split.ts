/** Lines as bytes with binary-split. */
import split from "binary-split";
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";

await run({
  async events(task, window) {
    const lines = (await dial(task)).pipe(split("\n"));
    await new Promise<void>((resolve) => {
      lines.on("data", () => {
        if (window.add(1)) resolve();
      });
    });
  },
});
