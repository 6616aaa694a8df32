/** The main job: 256 MiB down, and back up. */
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Connection } from "@hawser/net";
import { content, TOTAL } from "./content.ts";
import { Progress } from "./progress.ts";
import type { DownloadReceipt } from "./protocol.ts";

/** Where the receiver begins to dawdle, and for how long. */
const SLOW = { from: TOTAL * 0.4, duration: 1_500 } as const;

/** What the receiver does between two chunks while it dawdles, in ms. */
const NAP = 25;

/** What a download came to. */
export interface Download {
  readonly sha256: string;
  readonly receipt: DownloadReceipt;
}

/** Receives the content, hashing as it comes; then what the server has to say about it. */
export async function download({ reader }: Connection): Promise<Download> {
  const hash = createHash("sha256");
  const progress = new Progress("download", TOTAL);
  let received = 0;
  let slowUntil = Infinity;
  // Borrowed memory is valid until the next chunk: long enough for a hash, and nothing is copied.
  for await (const piece of reader.chunks(TOTAL, { borrow: true })) {
    hash.update(piece);
    received += piece.length;
    if (received >= SLOW.from && slowUntil === Infinity) slowUntil = performance.now() + SLOW.duration;
    const slow = slowUntil !== Infinity && performance.now() < slowUntil;
    progress.add(piece.length, slow ? "slow on purpose" : "");
    if (slow) await delay(NAP);
  }
  const receipt = JSON.parse(await reader.readLine({ required: true }));
  return { sha256: hash.digest("hex"), receipt };
}

/** Sends the content; resolves to the SHA-256 of what the server received. */
export async function upload({ reader, writer }: Connection): Promise<string> {
  const progress = new Progress("upload", TOTAL);
  for (const block of content()) {
    await writer.write(block); // Waits for the kernel to take it, that is, for the receiver.
    progress.add(block.length);
  }
  return await reader.readLine({ required: true });
}
