import type { Mutant } from "./mutant.ts";

const streams = (filter: string): Mutant["test"] => ({ file: "tests/web_streams_test.ts", filter });
const transport = (filter: string): Mutant["test"] => ({ file: "tests/web_transport_test.ts", filter });

/** WHATWG streams: of a connection, and as a transport. */
export const streamMutants: Mutant[] = [
  {
    id: "readable-reads-ahead",
    file: "lib/web_streams.ts",
    find: "{ highWaterMark: 0 }",
    replace: "{ highWaterMark: 1 }",
    why: "touching readable would take bytes from whoever reads next",
    test: streams("Connection.readable reads nothing ahead"),
  },
  {
    id: "readable-lends-its-chunks",
    file: "lib/web_streams.ts",
    find: "controller.enqueue(value.slice());",
    replace: "controller.enqueue(value);",
    why: "a transferred chunk would take the memory of others along",
    test: streams("Connection.readable gives chunks whose memory can be transferred"),
  },
  {
    id: "readable-cancel-leaves-its-read",
    file: "lib/web_streams.ts",
    find: "await chunks.return();",
    replace: "",
    why: "the read behind a cancelled stream would take the next bytes",
    test: streams("over memory is a break when it is cancelled"),
  },
  {
    id: "readable-byob-overflows",
    file: "lib/web_streams.ts",
    find: "request?.view?.byteLength ?? Infinity",
    replace: "Infinity",
    why: "more bytes than a BYOB view holds would be lost",
    test: streams("Connection.readable fills the buffer of a BYOB reader"),
  },
  {
    id: "readable-byob-never-ends",
    file: "lib/web_streams.ts",
    find: "request.respond(value?.length ?? 0);",
    replace: "if (value) request.respond(value.length);",
    why: "a BYOB read would hang at the end of stream",
    test: streams("Connection.readable ends a BYOB read at the end of stream"),
  },
  {
    id: "writable-close-closes-all",
    file: "lib/web_streams.ts",
    find: "close: () => writer.closeWrite(),",
    replace: "close: () => abort(undefined),",
    why: "closing the writable would end reading too",
    test: streams("Connection.writable over memory half-closes when it is closed"),
  },
  {
    id: "writable-abort-waits",
    file: "lib/web_streams.ts",
    find: 'controller.signal.addEventListener("abort", () => abort(controller.signal.reason), { once: true });',
    replace: "",
    why: "abort() would wait for a write that never ends",
    test: streams("Connection.writable over memory aborts the connection at once"),
  },
  {
    id: "writable-outlives-connection",
    file: "lib/web_streams.ts",
    find: "error !== undefined && controller.error(error)",
    replace: "error",
    why: "nobody who waits on the stream would hear of the end",
    test: streams("Connection.writable over memory fails with the connection's error"),
  },
  {
    id: "writable-does-not-wait",
    file: "lib/web_streams.ts",
    find: "write: (chunk) => writer.write(chunk),",
    replace: "write: (chunk) => void writer.write(chunk),",
    why: "a pipe would fill the memory",
    test: streams("Connection.writable waits while the peer does not read"),
  },
  {
    id: "web-transport-loses-the-rest",
    file: "lib/web_transport.ts",
    find: "this.#rest = this.#rest.subarray(part.length);",
    replace: "this.#rest = new Uint8Array(0);",
    why: "bytes of a large chunk would be lost",
    test: transport("WebTransport.read() gives a large chunk in pieces"),
  },
  {
    id: "web-transport-lends-its-bytes",
    file: "lib/web_transport.ts",
    find: "this.#writer.write(chunk.slice())",
    replace: "this.#writer.write(chunk)",
    why: "what a stream keeps would change under it",
    test: transport("WebTransport.write() resolves when the stream has taken a copy"),
  },
  {
    id: "web-transport-ends-after-failure",
    file: "lib/web_transport.ts",
    find: "if (done && this.#failure !== undefined) throw this.#failure.cause;",
    replace: "",
    why: "a broken stream would look like one that ended in order",
    test: transport("WebTransport latches the first failure"),
  },
];
