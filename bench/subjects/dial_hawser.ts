/** A connection of this library to the far end. */
import { connect, type Connection, type ConnectOptions } from "@hawser/net";
import { request } from "./request.ts";
import type { Task } from "./window.ts";

/** Connects and asks for the task's feed. */
export async function dial({ port, feed }: Task, options?: ConnectOptions): Promise<Connection> {
  const connection = await connect({ ...options, hostname: "127.0.0.1", port });
  await connection.writer.write(request(feed));
  await connection.writer.flush();
  return connection;
}
