/**
 * The wire of one run, as text: what passed in which direction, up to the cut.
 *
 * @module
 */
import type { WireEntry } from "./seam.ts";

/** Lines shown at most: the last ones before the cut, where it went wrong. */
const LINES = 24;

/** Bytes shown of each piece at most. */
const BYTES = 48;

/** Text where every byte is printable ASCII or a usual escape, else hexadecimal. */
function show(bytes: Uint8Array): string {
  const cut = bytes.length > BYTES ? `… (${bytes.length} bytes)` : "";
  const shown = bytes.subarray(0, BYTES);
  const isText = shown.every((byte) => byte >= 0x20 && byte < 0x7f || byte === 0x0a || byte === 0x0d || byte === 0x09);
  if (isText) return `${JSON.stringify(String.fromCharCode(...shown))}${cut}`;
  return `${Array.from(shown, (byte) => byte.toString(16).padStart(2, "0")).join(" ")}${cut}`;
}

/** Up to and with the cut, one line a piece, bounded. */
export function formatWire(wire: readonly WireEntry[]): string {
  const cutAt = wire.findIndex(({ direction }) => direction === "cut");
  const shown = cutAt === -1 ? wire : wire.slice(0, cutAt + 1);
  const several = shown.some(({ connection }) => connection > 1);
  const lines = shown.map((entry) => {
    const prefix = several ? `#${entry.connection} ` : "";
    if (entry.direction === "cut") return `    ${prefix}✂ cut here`;
    return `    ${prefix}${entry.direction === "in" ? "←" : "→"} ${show(entry.bytes)}`;
  });
  const left = lines.length - LINES;
  if (left > 0) lines.splice(0, left, `    … ${left} pieces before`);
  return lines.join("\n");
}
