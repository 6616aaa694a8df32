import type { Random } from "../random.ts";

/** Cuts bytes at these places. */
function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places, bytes.length];
  return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

/** All ways to cut bytes into two pieces. */
export function* cutInTwo(bytes: Uint8Array): Generator<Uint8Array[]> {
  for (let at = 0; at <= bytes.length; at++) yield cutAt(bytes, [at]);
}

/** Every byte alone. */
export function byteByByte(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

/** Random pieces: mostly a few bytes, sometimes many, sometimes none. */
export function randomPieces(bytes: Uint8Array, random: Random): Uint8Array[] {
  const places: number[] = [];
  const most = random.pick([2, 5, 20, 100]);
  for (let at = random.below(most); at < bytes.length; at += random.below(most)) places.push(at);
  return cutAt(bytes, places);
}
