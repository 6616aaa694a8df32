/** The first bytes on every connection to the far end: what it shall do, padded. */

/** So many bytes each. */
export const REQUEST = 16;

/** Asks for a feed. @param feed A word of `far_end.ts`. */
export function request(feed: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(feed.padEnd(REQUEST));
}
