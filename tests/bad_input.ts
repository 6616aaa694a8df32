/** What callers get wrong, and the one rule for it: a `TypeError` or `RangeError` that names the value, before any I/O. */
import assert from "node:assert/strict";
import { test } from "./harness.ts";

/** A wrong value of one option. */
export interface BadOption {
  option: string;
  // deno-lint-ignore no-explicit-any
  value: any;
  error: "TypeError" | "RangeError";
  /** How the message shows the value, where that is not its text. */
  shown?: string;
}

function each(option: string, error: BadOption["error"], values: unknown[]): BadOption[] {
  return values.map((value) => ({ option, value, error }));
}

/** Milliseconds: above 0, `Infinity` is none. */
export function badTimeouts(option: string): BadOption[] {
  return [
    ...each(option, "RangeError", [0, -1, NaN, -Infinity]),
    { option, value: "100", error: "TypeError", shown: '"100"' },
    { option, value: null, error: "TypeError" },
    { option, value: {}, error: "TypeError", shown: "an object" },
  ];
}

/** A number of bytes, 1 or more. */
export function badSizes(option: string): BadOption[] {
  return [
    ...each(option, "RangeError", [0, -1, NaN, 2 ** 53]),
    ...each(option, "TypeError", [1.5, true]),
    { option, value: "1", error: "TypeError", shown: '"1"' },
  ];
}

export function badBooleans(option: string): BadOption[] {
  return [
    ...each(option, "TypeError", [1, null]),
    { option, value: "true", error: "TypeError", shown: '"true"' },
  ];
}

export function badSignals(option = "signal"): BadOption[] {
  return [
    { option, value: null, error: "TypeError" },
    { option, value: {}, error: "TypeError", shown: "an object" },
    { option, value: new AbortController(), error: "TypeError", shown: "an object" },
    { option, value: "now", error: "TypeError", shown: '"now"' },
  ];
}

/** Options of every connection, whichever way it came to be. */
export const BAD_CONNECTION_OPTIONS: BadOption[] = [
  ...badSignals(),
  ...badBooleans("noDelay"),
  { option: "keepAlive", value: "yes", error: "TypeError", shown: '"yes"' },
  { option: "keepAlive", value: 0, error: "RangeError" },
  { option: "keepAlive", value: -5, error: "RangeError" },
  { option: "keepAlive", value: NaN, error: "RangeError" },
  ...["readTimeout", "writeTimeout", "idleTimeout", "closeTimeout"].flatMap(badTimeouts),
  ...["highWaterMark", "writeBufferLimit"].flatMap(badSizes),
  { option: "wrap", value: {}, error: "TypeError", shown: "an object" },
  { option: "wrap", value: "latency", error: "TypeError", shown: '"latency"' },
];

/** Options that are no object at all. */
export const NO_OPTIONS: unknown[] = [null, 1, "fast", true];

/** Ports; `lowest` is 0 for a listener. */
export function badPorts(lowest: 0 | 1): BadOption[] {
  return [
    ...each("port", "RangeError", [...(lowest === 1 ? [0] : []), -1, 65_536, 99_999, 1.5, NaN, Infinity]),
    { option: "port", value: "80", error: "TypeError", shown: '"80"' },
    { option: "port", value: null, error: "TypeError" },
    { option: "port", value: undefined, error: "TypeError" },
  ];
}

/** Text that names no address. */
export const BAD_ADDRESSES: string[] = [
  "",
  "localhost",
  "127.0.0.1",
  ":80",
  "[]:80",
  "::1:80",
  "[::1]",
  "host:port",
  "host:80:90",
  "host:-1",
  "http://host:80",
  "udp://host:80",
  "unix:",
];

/** Checks what a call with a bad value rejects with, or throws. */
export async function assertRefuses(call: () => unknown, { option, value, error, shown }: BadOption): Promise<void> {
  let caught: unknown;
  try {
    await call();
  } catch (reason) {
    caught = reason;
  }
  assert.ok(caught instanceof Error, `${option} ${String(value)} was taken`);
  assert.equal(caught.name, error, caught.message);
  assert.ok(caught.message.includes(option), `"${caught.message}" does not name ${option}`);
  const text = shown ?? String(value);
  assert.ok(caught.message.includes(text), `"${caught.message}" does not show ${text}`);
}

/** One test for each bad value of an option. */
export function testBadOptions(
  what: string,
  bad: readonly BadOption[],
  call: (options: Record<string, unknown>) => unknown,
): void {
  for (const one of bad) {
    const shown = one.shown ?? String(one.value);
    test(`${what} refuses ${one.option} ${shown} with a ${one.error}`, async () => {
      await assertRefuses(() => call({ [one.option]: one.value }), one);
    });
  }
}
