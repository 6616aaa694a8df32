/** The same as WHATWG streams. */
import assert from "node:assert/strict";
import { ConnectionAbortedError } from "@hawser/net";
import { type Explored, explored, onceOver } from "./rules.ts";

const piped: Explored = explored("a pipe through both streams", {
  local: ({ connection }) =>
    onceOver(connection, async ({ readable, writable }) => {
      const upload = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const part of ["some ", "text ", "to send"]) controller.enqueue(new TextEncoder().encode(part));
          controller.close();
        },
      });
      await upload.pipeTo(writable);
      let received = "";
      const decoder = new TextDecoder();
      for await (const chunk of readable) received += decoder.decode(chunk, { stream: true });
      return received;
    }, { awaits: false }),
  async peer({ reader, writer }) {
    for await (const chunk of reader.chunks()) await writer.write(chunk);
    await writer.closeWrite();
  },
}, { check: (text, { way }, clean) => assert.ok(way === "end" ? clean.startsWith(text) : text === clean) });

const byob: Explored = explored("a BYOB reader, and a stream that is cancelled", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer, readable }) => {
      await writer.write("go\n");
      const own = readable.getReader({ mode: "byob" });
      const { value, done } = await own.read(new Uint8Array(3));
      assert.ok(done ? value!.length === 0 : value!.length <= 3);
      const begin = new TextDecoder().decode(value);
      await own.cancel();
      return begin + await reader.readLine({ required: true });
    }, { awaits: false }),
  async peer({ reader, writer }) {
    await reader.readLine();
    await writer.write("abcdef\n");
  },
}, {
  allow: (error) => error instanceof TypeError && /cancel|closed/i.test(error.message),
});

const halfClosed: Explored = explored("a writable that is closed, and a reading side that goes on", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writable }) => {
      const writing = writable.getWriter();
      void writing.closed.catch(() => {});
      await writing.write(new TextEncoder().encode("request\n"));
      await writing.close();
      return await reader.readLine({ required: true });
    }, { awaits: false }),
  async peer({ reader, writer }) {
    const { length } = await reader.readAll();
    await writer.write(`${length} bytes\n`);
  },
}, { allow: (error) => ConnectionAbortedError.is(error) });

export const streams: readonly Explored[] = [piped, byob, halfClosed];
