/** The bytes that travel: made, not stored, so that both processes have the same ones without a file between them. */

/** What the main job moves, each way. */
export const TOTAL: number = 256 * 1024 * 1024;

const BLOCK = 256 * 1024;

/** `TOTAL` pseudo-random bytes (xorshift32), block by block. A block is valid until the next one is asked for. */
export function* content(): Generator<Uint8Array, void, void> {
  const words = new Uint32Array(BLOCK / 4);
  const block = new Uint8Array(words.buffer);
  let state = 2_463_534_242;
  for (let left = TOTAL; left > 0; left -= BLOCK) {
    for (let i = 0; i < words.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[i] = state;
    }
    yield block;
  }
}
