/** Longer bytes say no more in a message. */
const LONGEST = 48;

const NAMED: Record<number, string> = { 9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 92: "\\\\" };

/** Bytes as a person reads them: `"PING\r\n"`; `\x00` for what cannot be printed, cut after 48 bytes. */
export function excerpt(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, LONGEST), (byte) => {
    if (NAMED[byte] !== undefined) return NAMED[byte];
    return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  return `"${shown.join("")}${bytes.length > LONGEST ? "…" : ""}"`;
}
