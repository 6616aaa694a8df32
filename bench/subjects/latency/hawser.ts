/** Round trips with this library, a read timeout and a signal armed. */
import { dial } from "../dial_hawser.ts";
import { run } from "../window.ts";
import { trips } from "./trips.ts";

await run({
  trip: (task, window) =>
    trips(task, window, async () => {
      const { signal } = new AbortController();
      const { reader, writer } = await dial(task, { signal, readTimeout: 30_000 });
      const message = new Uint8Array(task.record).fill(7);
      return async () => {
        await writer.write(message);
        await reader.readExactly(task.record);
      };
    }),
});
