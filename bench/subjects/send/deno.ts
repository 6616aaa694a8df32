/** Writes, each awaited, with a `Deno.Conn`. */
import { dial } from "../dial_deno.ts";
import { run } from "../window.ts";

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await conn.write(done === 0 ? bytes : bytes.subarray(done));
}

await run({
  async bulk(task, window) {
    const conn = await dial(task);
    const bytes = new Uint8Array(65_536).fill(7);
    do await writeAll(conn, bytes); while (!window.add(bytes.length));
  },
  async small(task, window) {
    const conn = await dial(task);
    const message = new Uint8Array(task.record).fill(7);
    do await writeAll(conn, message); while (!window.add(1));
  },
  async writable(task, window) {
    const writer = (await dial(task)).writable.getWriter();
    const bytes = new Uint8Array(65_536).fill(7);
    do await writer.write(bytes); while (!window.add(bytes.length));
  },
});
