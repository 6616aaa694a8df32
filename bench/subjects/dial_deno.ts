/** A plain `Deno.TcpConn` to the far end. */
import { request } from "./request.ts";
import type { Task } from "./window.ts";

/** Connects and asks for the task's feed. */
export async function dial({ port, feed }: Task): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  await conn.write(request(feed));
  return conn;
}
