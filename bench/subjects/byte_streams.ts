/** A `net.Socket` as the duplex of async iterables that the `it-*` packages work on. */
import { once } from "node:events";
import type { Socket } from "node:net";
import { byteStream } from "it-byte-stream";
import type { ByteStream } from "it-byte-stream";

/** What `it-byte-stream` reads and writes. */
export function byteStreamOf(socket: Socket): ByteStream {
  return byteStream({
    source: socket as AsyncIterable<Uint8Array>,
    async sink(source: AsyncIterable<Uint8Array>): Promise<void> {
      for await (const bytes of source) if (!socket.write(bytes)) await once(socket, "drain");
    },
  }) as ByteStream;
}
