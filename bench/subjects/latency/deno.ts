/** Round trips with a `Deno.Conn` and its streams. */
import { dial } from "../dial_deno.ts";
import { run } from "../window.ts";
import { trips } from "./trips.ts";

await run({
  raw: (task, window) =>
    trips(task, window, async () => {
      const conn = await dial(task);
      const message = new Uint8Array(task.record).fill(7);
      const buffer = new Uint8Array(65_536);
      return async () => {
        await conn.write(message);
        for (let bytes = 0; bytes < task.record;) bytes += (await conn.read(buffer))!;
      };
    }),
  web: (task, window) =>
    trips(task, window, async () => {
      const conn = await dial(task);
      const [reader, writer] = [conn.readable.getReader(), conn.writable.getWriter()];
      const message = new Uint8Array(task.record).fill(7);
      return async () => {
        await writer.write(message);
        for (let bytes = 0; bytes < task.record;) bytes += (await reader.read()).value!.length;
      };
    }),
});
