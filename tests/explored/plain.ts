/** Requests and answers, transfers both ways, half-closes: what most protocols do. */
import assert from "node:assert/strict";
import type { Connection } from "@hawser/net";
import { type Explored, explored, onceOver, peerExpects } from "./rules.ts";

/** Bytes that tell where they stood. */
export function pattern(length: number, from = 0): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (index + from) % 251);
}

function isPattern(bytes: Uint8Array, from = 0): boolean {
  return bytes.every((byte, index) => byte === (index + from) % 251);
}

/** Answers each line with itself in capitals, with CRLF. */
async function shout({ reader, writer }: Connection): Promise<void> {
  for await (const line of reader.lines()) await writer.write(`${line.toUpperCase()}\r\n`);
}

/** Sends all back, and half-closes when the other side has. */
async function echo({ reader, writer }: Connection): Promise<void> {
  for await (const chunk of reader.chunks()) await writer.write(chunk);
  await writer.closeWrite();
}

const requests: Explored = explored("line requests", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      const answers: string[] = [];
      for (const request of ["one", "two", "drei und vier ☎"]) {
        await writer.write(`${request}\n`);
        answers.push(await reader.readLine({ required: true, timeout: 1_000 }));
        assert.equal(answers.at(-1), request.toUpperCase());
      }
      return answers;
    }),
  peer: shout,
});

const dialled: Explored = explored("line requests on a connection that is dialled", {
  async local({ dial }) {
    await using connection = await dial();
    return await onceOver(connection, async ({ reader, writer }) => {
      void writer.write("first\n");
      void writer.write("second\n");
      return [await reader.readLine({ required: true }), await reader.readLine({ required: true })];
    });
  },
  peer: shout,
});

const upload: Explored = explored("an upload against backpressure", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      for (let sent = 0; sent < 240; sent += 60) {
        const writing = writer.write(pattern(60, sent));
        const waits = writer.unsentBytes > 120;
        await writing;
        assert.ok(!waits || writer.unsentBytes <= 30, `${writer.unsentBytes} bytes wait, more than the low mark`);
      }
      await writer.drain();
      await writer.flush();
      assert.equal(writer.unsentBytes, 0, "flush() resolved with bytes that wait");
      await writer.closeWrite();
      return await reader.readLine({ required: true });
    }),
  async peer({ reader, writer }) {
    let received = 0;
    try {
      for await (const chunk of reader.chunks()) {
        peerExpects(isPattern(chunk, received), `upload: wrong bytes from ${received} on`);
        received += chunk.length;
      }
    } finally {
      peerExpects(received <= 240, "upload: too many bytes");
    }
    await writer.write(`${received}\n`);
  },
}, { capacity: 64, connection: { highWaterMark: 120, readTimeout: 30_000, writeTimeout: 30_000 } });

const marks: Explored = explored("writes up to the high-water mark, and past it", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      let settled = false;
      await writer.write(pattern(60));
      void writer.write(pattern(60, 60)).then(() => settled = true);
      for (let i = 0; i < 20; i++) await Promise.resolve();
      assert.ok(settled || connection.signal.aborted, "a write that just fills the buffer waits");
      await new Promise((resolve) => setTimeout(resolve, 1)); // The two are on their way, and wait for the peer.
      await writer.write(pattern(60, 120));
      assert.ok(writer.unsentBytes <= 30, `${writer.unsentBytes} bytes wait, more than the low mark`);
      return await reader.readLine({ required: true });
    }, { awaits: false }),
  async peer({ reader, writer }) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    await reader.skip(180);
    await writer.write("180 bytes\n");
  },
}, { capacity: 16, connection: { highWaterMark: 120, readTimeout: 30_000, writeTimeout: 30_000 } });

const buffers: Explored = explored("buffers of 16 KiB, which are lent, and smaller ones, which are copied", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      const small = pattern(16_383);
      const copied = writer.write(small);
      small.fill(255);
      await copied;
      await writer.write(pattern(16_384, 16_383));
      assert.equal(writer.unsentBytes, 0, "a write resolved although its buffer is still in use");
      return await reader.readLine({ required: true });
    }),
  async peer({ reader, writer }) {
    let received = 0;
    for await (const chunk of reader.chunks(32_767)) {
      peerExpects(isPattern(chunk, received), `buffers: wrong bytes from ${received} on`);
      received += chunk.length;
    }
    await writer.write(`${received}\n`);
  },
}, { step: 4_096, capacity: 65_536 });

const frames: Explored = explored("frames with their length in front, both ways", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      const sizes: number[] = [];
      for (const size of [0, 1, 90]) {
        await writer.write([new Uint8Array([size]), pattern(size)]);
        const [length] = await reader.readExactly(1);
        const body = await reader.readExactly(length!, { limit: 90 });
        assert.ok(isPattern(body), "a frame has changed");
        sizes.push(body.length);
      }
      return sizes;
    }),
  peer: echo,
});

const download: Explored = explored("a download, and the line behind it", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      await writer.write("get\n");
      const size = Number(await reader.readLine({ required: true }));
      const kept: Uint8Array[] = [];
      for await (const chunk of reader.chunks(size)) kept.push(chunk);
      const trailer = await reader.readLine({ required: true });
      let at = 0;
      for (const chunk of kept) {
        assert.ok(isPattern(chunk, at), "a chunk has changed in the hands of its owner");
        at += chunk.length;
      }
      return { at, trailer };
    }),
  async peer({ reader, writer }) {
    await reader.readLine();
    await writer.write("120\n");
    await writer.write([pattern(50), pattern(70, 50)]);
    await writer.write("checked\n");
  },
}, { seed: 5 });

const halfClose: Explored = explored("a half-close, and all that comes back", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      await writer.write(pattern(60));
      await writer.closeWrite();
      const all = await reader.readAll({ limit: 60 });
      assert.ok(isPattern(all));
      assert.deepEqual(await connection.closed.then(({ clean, peerEnded }) => ({ clean, peerEnded })), {
        clean: true,
        peerEnded: true,
      });
      return all;
    }),
  peer: echo,
}, {
  // A whole message is told from half of one by its length alone.
  check: (all, { way }) => assert.ok(all.length === 60 || way === "end"),
});

const server: Explored = explored("a server side that reads lines, stops in between, and goes on", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      const lines: string[] = [];
      for await (const line of reader.lines()) {
        lines.push(line);
        await writer.write(`got ${line}\n`);
        if (lines.length === 2) break;
      }
      for await (const batch of reader.lines().batches()) lines.push(...batch);
      await writer.write("bye\n");
      return lines;
    }),
  async peer({ reader, writer }) {
    await writer.write("a\nb\nc\n");
    peerExpects((await reader.readLine()) !== "", "server: an empty answer");
    await writer.write("d\ne\n");
    await writer.closeWrite();
    for await (const line of reader.lines()) peerExpects(/^(got [a-e]|bye)$/.test(line), `server: the answer ${line}`);
  },
}, {
  // An end in order between two lines ends this protocol.
  check: (lines, { way }, clean) => assert.deepEqual(lines, way === "end" ? clean.slice(0, lines.length) : clean),
});

export const plain: readonly Explored[] = [
  requests,
  dialled,
  upload,
  marks,
  buffers,
  frames,
  download,
  halfClose,
  server,
];
