/** Writes that nobody awaits, to a peer that does not read. */
import type { Outcome } from "../window.ts";
import { ENOUGH } from "./slow.ts";

const CHUNK = 65_536;

/** What is written to. */
export interface Sink {
  write(bytes: Uint8Array): void;
  /** Bytes that wait in this process. */
  waiting(): number;
  /** A write was refused: that is the end. */
  refused?(): boolean;
}

/** @returns The most bytes that waited, in MiB, until a write was refused or it was enough. */
export async function flood({ write, waiting, refused }: Sink): Promise<Outcome> {
  let most = 0;
  while (most < ENOUGH && !refused?.()) {
    for (let count = 0; count < 16; count++) {
      write(new Uint8Array(CHUNK).fill(7));
      most = Math.max(most, waiting());
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { value: most / 1_048_576 };
}
