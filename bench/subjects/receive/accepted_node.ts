/** Bytes on a socket that was accepted by a `net.Server`: the far end dials. `onread` is only for sockets one dials. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { dial } from "../dial_node.ts";
import { run, type Task } from "../window.ts";

async function accepted(task: Task): Promise<Socket> {
  const server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const connection = once(server, "connection");
  await dial({ ...task, feed: `dial ${(server.address() as AddressInfo).port}` });
  const [socket] = await connection;
  return socket;
}

await run({
  async data(task, window) {
    const socket = await accepted(task);
    await new Promise<void>((resolve) => {
      socket.on("data", (chunk) => {
        if (!window.add(chunk.length)) return;
        socket.pause();
        resolve();
      });
      socket.resume();
    });
  },
  async iterate(task, window) {
    const socket = await accepted(task);
    socket.on("error", () => {}); // What breaking out of its iterator gives.
    for await (const chunk of socket) if (window.add(chunk.length)) break;
  },
});
