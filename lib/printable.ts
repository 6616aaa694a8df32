/** Longer text from outside says no more to a reader of a message, and a log line should stay a line. */
const LONGEST = 64;

/** Text from outside as one printable line: control and invisible characters escaped, cut at 64 characters. */
export function printable(text: string): string {
  const escaped = text.slice(0, LONGEST + 1).replace(
    // Control characters (ESC starts a terminal sequence), quotes, line separators, bidirectional overrides, and half
    // characters: with the flag u the halves of a whole one do not match.
    // deno-lint-ignore no-control-regex
    /[\u0000-\u001f\u007f-\u009f"\\\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  if (escaped.length <= LONGEST) return escaped;
  return `${escaped.slice(0, LONGEST - 1).replace(/\p{Surrogate}$/u, "")}…`; // No half of a character before the cut.
}
