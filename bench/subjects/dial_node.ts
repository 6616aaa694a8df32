/** A plain `net.Socket` to the far end, on Node, Bun, and Deno's `node:net`. */
import { connect, type OnReadOpts, type Socket } from "node:net";
import { request } from "./request.ts";
import type { Task } from "./window.ts";

/** Connects and asks for the task's feed. */
export async function dial({ port, feed }: Task, onread?: OnReadOpts): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true, ...(onread && { onread }) });
  socket.on("error", (error) => {
    if (error.name !== "AbortError") throw error; // That is what breaking out of its iterator gives.
  });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  await new Promise<void>((resolve) => socket.write(request(feed), () => resolve()));
  return socket;
}
