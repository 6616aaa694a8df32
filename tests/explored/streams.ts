/** The same as WHATWG streams. */
import assert from "node:assert/strict";
import { type Explored, explored, onceOver } from "./rules.ts";

/** What the streams themselves say of a use that they refuse. */
function isStreamError(error: unknown): boolean {
  return error instanceof TypeError && /cancel|clos|error|stream/i.test(error.message);
}

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
      for await (const chunk of readable) {
        // A worker that is given the chunk gets its memory, too: nobody else's bytes may be in it.
        assert.equal(chunk.buffer.byteLength, chunk.length, "a chunk shares its memory");
        received += decoder.decode(chunk, { stream: true });
      }
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
}, { allow: isStreamError, checkError: () => {} });

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
});

const cancelled: Explored = explored("a stream that is cancelled while it reads", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer, readable }) => {
      const own = readable.getReader();
      const pending = own.read().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 1)); // The read waits by now.
      await own.cancel();
      await pending;
      await writer.write("go\n");
      return [await reader.readLine({ required: true }), await reader.readLine({ required: true })];
    }, { awaits: false }),
  async peer({ reader, writer }) {
    await reader.readLine();
    await writer.write("one\n");
    await writer.flush();
    await writer.write("two\n");
  },
}, { allow: isStreamError });

const waiting: Explored = explored("a writable that makes its writer wait, and is aborted", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer, writable }) => {
      const own = writable.getWriter();
      const closed = own.closed.then(() => "closed", () => "over");
      for (let i = 0; i < 6; i++) {
        await own.ready;
        own.write(new Uint8Array(20)).catch(() => {});
        assert.ok(writer.unsentBytes <= 60, `${writer.unsentBytes} bytes wait`);
      }
      const line = await reader.readLine({ required: true });
      void own.write(new Uint8Array(500)).catch(() => {});
      await own.abort("enough");
      assert.equal(await closed, "over");
      assert.ok(connection.signal.aborted, "the connection goes on after an abort of its stream");
      return line;
    }, { awaits: false }),
  async peer({ reader, writer }) {
    await reader.skip(120);
    await writer.write("120 bytes\n");
    await reader.ready().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
  },
}, {
  capacity: 16,
  connection: { highWaterMark: 20, readTimeout: 5_000, writeTimeout: 5_000 },
  allow: isStreamError,
  checkError: () => {},
});

const watching: Explored = explored("a writable whose connection ends", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writable }) => {
      const closed = writable.getWriter().closed.then(() => "closed", () => "over");
      const line = await reader.readLine({ required: true });
      connection.abort();
      assert.equal(await closed, "over");
      return line;
    }),
  async peer({ reader, writer }) {
    await writer.write("hello\n");
    await reader.readAll().catch(() => {});
  },
});

export const streams: readonly Explored[] = [piped, byob, halfClosed, cancelled, waiting, watching];
