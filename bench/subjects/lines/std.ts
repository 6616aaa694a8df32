/** Lines with the transforms of `@std/streams`. */
import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { DelimiterStream } from "@std/streams/delimiter-stream";
import { TextLineStream } from "@std/streams/text-line-stream";
import { run, type Task } from "../window.ts";

/** The runtime's own stream of a socket. */
async function readableOf(task: Task): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  if ("Deno" in globalThis) return (await (await import("../dial_deno.ts")).dial(task)).readable;
  const socket = await (await import("../dial_node.ts")).dial(task);
  return Readable.toWeb(socket) as NodeReadableStream as ReadableStream<Uint8Array<ArrayBuffer>>;
}

await run({
  async text(task, window) {
    const text = (await readableOf(task)).pipeThrough(new TextDecoderStream());
    for await (const line of text.pipeThrough(new TextLineStream())) if (window.add(line === "" ? 0 : 1)) break;
  },
  async bytes(task, window) {
    const lines = (await readableOf(task)).pipeThrough(new DelimiterStream(new Uint8Array([10])));
    for await (const line of lines) if (window.add(line.length === 0 ? 0 : 1)) break;
  },
});
