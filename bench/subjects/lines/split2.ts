/** Lines with split2. */
import split2 from "split2";
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";

await run({
  async events(task, window) {
    const lines = (await dial(task)).pipe(split2());
    await new Promise<void>((resolve) => {
      lines.on("data", () => {
        if (window.add(1)) resolve();
      });
    });
  },
});
