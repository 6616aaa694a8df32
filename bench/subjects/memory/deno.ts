/** Memory with a `Deno.Conn`. */
import { dial } from "../dial_deno.ts";
import { run } from "../window.ts";
import { flood } from "./flood.ts";
import { weigh } from "./idle.ts";
import { held, slowBranch } from "./slow.ts";

/** What somebody who cares would read an idle connection into. */
const PARKED = 1_024;

await run({
  idle: (task) =>
    weigh(task, async (task) => {
      const conn = await dial(task);
      return [conn, conn.read(new Uint8Array(PARKED))];
    }),
  readable: (task) =>
    weigh(task, async (task) => {
      const reader = (await dial(task)).readable.getReader();
      return [reader, reader.read()];
    }),
  tee: async (task) => held(slowBranch((await dial(task)).readable)),
  async flood(task) {
    const conn = await dial(task);
    let waiting = 0;
    const write = (bytes: Uint8Array): void => {
      waiting += bytes.length;
      void conn.write(bytes).then((count) => waiting -= count);
    };
    return flood({ write, waiting: () => waiting });
  },
});
