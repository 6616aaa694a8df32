/**
 * Sockets opened without this package, for `fromDeno` and `fromNode`.
 */
import { once } from "node:events";
import net from "node:net";
import { type Connection, fromDeno, fromNode } from "../../mod.ts";
import { letBlock } from "./steps.ts";

export type Kind = "TCP" | "Unix";

/** Where to listen: a port of the system's choice, or a path. */
export type Place = { port: 0 } | { path: string };

/** Adopts a `Deno.Conn` whose peer wrote `text` and closed before. */
export async function lateDeno(place: Place, text: string): Promise<Connection> {
  using listener = "path" in place
    ? Deno.listen({ transport: "unix", path: place.path })
    : Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  using peer = "path" in place
    ? await Deno.connect({ transport: "unix", path: place.path })
    : await Deno.connect({ port: (listener.addr as Deno.NetAddr).port });
  await peer.write(new TextEncoder().encode(text));
  peer.close();
  const conn = await accepting;
  await letBlock();
  return fromDeno(conn);
}

/** Adopts a `net.Socket` whose peer wrote `text` and closed before. */
export async function lateNode(place: Place, text: string): Promise<Connection> {
  const server = net.createServer();
  await once(server.listen("path" in place ? place : { port: 0, host: "127.0.0.1" }), "listening");
  const accepting = once(server, "connection");
  const address = server.address() as net.AddressInfo | string;
  const peer = net.connect(typeof address === "string" ? { path: address } : { port: address.port, host: "127.0.0.1" });
  peer.end(text);
  await once(peer, "finish");
  peer.destroy();
  const [socket] = await accepting as [net.Socket];
  server.close();
  await letBlock();
  return fromNode(socket);
}
