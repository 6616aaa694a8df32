/** Bytes as they come, with a `Deno.Conn`. */
import { dial } from "../dial_deno.ts";
import { run } from "../window.ts";

await run({
  async read(task, window) {
    const conn = await dial(task);
    const buffer = new Uint8Array(65_536);
    for (let bytes = await conn.read(buffer); bytes !== null; bytes = await conn.read(buffer)) {
      if (window.add(bytes / task.record)) break;
    }
  },
  async readable(task, window) {
    const { readable } = await dial(task);
    for await (const chunk of readable) if (window.add(chunk.length / task.record)) break;
  },
});
