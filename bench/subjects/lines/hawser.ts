/** Lines with this library. */
import { framed } from "@hawser/net";
import { delimited } from "@hawser/net/codecs";
import { dial } from "../dial_hawser.ts";
import { run } from "../window.ts";

await run({
  async batches(task, window) {
    const { reader } = await dial(task);
    for await (const lines of reader.lines().batches()) if (window.add(lines.length)) break;
  },
  async tryReadLine(task, window) {
    const { reader } = await dial(task);
    for (let over = false; !over && await reader.ready();) {
      for (let line = reader.tryReadLine(); line !== undefined && !over; line = reader.tryReadLine()) {
        over = window.add(1);
      }
      if (!over && await reader.readLine() !== null) over = window.add(1);
    }
  },
  async iterate(task, window) {
    const { reader } = await dial(task);
    for await (const line of reader.lines()) if (window.add(line === "" ? 0 : 1)) break;
  },
  /** Bytes, not text. */
  async views(task, window) {
    const connection = await dial(task);
    for await (const lines of framed(connection, delimited("\n")).batches()) if (window.add(lines.length)) break;
  },
});
