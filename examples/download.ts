/**
 * Downloads what a server has to give, and shows its size and SHA-256.
 *
 *     deno run --allow-net examples/download.ts
 *
 * followed by the address of the server, `127.0.0.1:7000`. The server says in a line how many bytes will come, and sends
 * them.
 */
import process from "node:process";
import { toArrayBuffer } from "@std/streams/to-array-buffer";
import { connect, type Connection, ConnectionAbortedError, ConnectionError } from "@hawser/net";

/** Reads the size, then so many bytes. */
export async function download({ reader }: Connection, show: (share: number) => void): Promise<ArrayBuffer> {
  const size = Number(await reader.readLine({ required: true }));
  // `chunks(size)` ends after so many bytes, and throws if the stream ends before.
  return await toArrayBuffer(ReadableStream.from(withProgress(reader.chunks(size), size, show)));
}

/** Passes the chunks on and tells which share has come. */
async function* withProgress(
  chunks: AsyncIterable<Uint8Array>,
  total: number,
  show: (share: number) => void,
): AsyncGenerator<Uint8Array> {
  let received = 0;
  for await (const chunk of chunks) {
    received += chunk.length;
    show(received / total);
    yield chunk;
  }
}

async function main(address = "127.0.0.1:7000"): Promise<void> {
  try {
    // A server that stalls for 10 s is given up; a slow one that keeps sending is not.
    await using connection = await connect(address, { timeout: 5_000, readTimeout: 10_000 });
    const body = await download(connection, drawBar);
    console.log(`${body.byteLength} bytes, SHA-256 ${hex(await crypto.subtle.digest("SHA-256", body))}`);
  } catch (error) {
    if (!ConnectionError.is(error)) throw error;
    console.error(`\n${error.message}`);
    if (ConnectionAbortedError.is(error) && error.initiator === "peer") console.error("The download is incomplete.");
    process.exitCode = 1;
  }
}

/** On standard error, so that standard output stays for the result. */
function drawBar(share: number): void {
  const bar = "█".repeat(Math.round(share * 30)).padEnd(30, "░");
  process.stderr.write(`\r${bar} ${Math.floor(share * 100)} %${share === 1 ? "\n" : ""}`);
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

if (import.meta.main) await main(process.argv[2]);
