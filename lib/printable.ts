/** Longer text from outside says no more to a reader of a message, and a log line should stay a line. */
const LONGEST = 64;

/** Text from outside as one printable line: control and invisible characters escaped, cut at 64 characters. */
export function printable(text: string): string {
  const escaped = text.slice(0, LONGEST + 1).replace(
    // Control characters (ESC starts a terminal sequence), quotes, line separators, bidirectional overrides.
    // deno-lint-ignore no-control-regex
    /[\u0000-\u001f\u007f-\u009f"\\\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udfff](?![\udc00-\udfff])/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return escaped.length > LONGEST ? `${escaped.slice(0, LONGEST - 1)}…` : escaped;
}
