/** The other end of `bench/against_raw.ts`: sends as fast as it can, or echoes. Prints its port. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import process from "node:process";

const bulk = new Uint8Array(1_048_576);
const total = Number(process.argv[2]);

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy()); // The measuring side resets when it has seen enough.
  socket.once("data", (first) => {
    if (first[0] !== "d".charCodeAt(0)) {
      socket.write(first);
      socket.pipe(socket);
      return;
    }
    let left = total;
    const send = (): void => {
      while (left > 0) {
        left -= bulk.length;
        if (!socket.write(bulk)) return void socket.once("drain", send);
      }
      socket.end();
    };
    send();
  });
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
