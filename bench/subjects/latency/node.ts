/** Round trips with a `net.Socket`, its iterator, and web streams around it. */
import { Duplex } from "node:stream";
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";
import { trips } from "./trips.ts";

await run({
  /** Callbacks all the way: no promise but the one that the harness awaits. */
  onread: (task, window) =>
    trips(task, window, async () => {
      let arrived: () => void = () => {};
      let missing = 0;
      const callback = (bytes: number): boolean => {
        if ((missing -= bytes) <= 0) arrived();
        return true;
      };
      const socket = await dial(task, { buffer: new Uint8Array(65_536), callback });
      const message = new Uint8Array(task.record).fill(7);
      return () => {
        missing = task.record;
        socket.write(message);
        return new Promise<void>((resolve) => arrived = resolve);
      };
    }),
  data: (task, window) =>
    trips(task, window, async () => {
      let arrived: () => void = () => {};
      let missing = 0;
      const socket = await dial(task);
      socket.on("data", (chunk) => {
        if ((missing -= chunk.length) <= 0) arrived();
      });
      const message = new Uint8Array(task.record).fill(7);
      return () => {
        missing = task.record;
        socket.write(message);
        return new Promise<void>((resolve) => arrived = resolve);
      };
    }),
  iterate: (task, window) =>
    trips(task, window, async () => {
      const socket = await dial(task);
      const chunks = socket[Symbol.asyncIterator]();
      const message = new Uint8Array(task.record).fill(7);
      return async () => {
        socket.write(message);
        for (let bytes = 0; bytes < task.record;) bytes += (await chunks.next()).value.length;
      };
    }),
  web: (task, window) =>
    trips(task, window, async () => {
      const { readable, writable } = Duplex.toWeb(await dial(task));
      const [reader, writer] = [readable.getReader(), writable.getWriter()];
      const message = new Uint8Array(task.record).fill(7);
      return async () => {
        await writer.write(message);
        for (let bytes = 0; bytes < task.record;) bytes += (await reader.read()).value!.length;
      };
    }),
});
