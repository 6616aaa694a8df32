/** Memory with this library. */
import { ConnectionAbortedError } from "@hawser/net";
import { dial } from "../dial_hawser.ts";
import { run } from "../window.ts";
import { weigh } from "./idle.ts";
import { held } from "./slow.ts";
import { flood } from "./flood.ts";

await run({
  idle: (task) =>
    weigh(task, async (task) => {
      const connection = await dial(task);
      return [connection, connection.reader.read()];
    }),
  async slow(task) {
    const connection = await dial(task);
    const next = async (): Promise<number> => (await connection.reader.read())!.length;
    return held({ next, received: () => connection.bytesRead });
  },
  async flood(task) {
    const { writer } = await dial(task);
    let refused: unknown;
    const write = (bytes: Uint8Array): void => void writer.write(bytes).catch((error) => refused ??= error);
    const outcome = await flood({ write, waiting: () => writer.unsentBytes, refused: () => refused !== undefined });
    const overflow = ConnectionAbortedError.is(refused) && refused.reason === "overflow";
    return { ...outcome, also: { "errors with reason overflow": overflow ? 1 : 0 } };
  },
});
