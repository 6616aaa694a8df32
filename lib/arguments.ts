/**
 * Checks of what a caller passed: before any I/O, naming the value.
 *
 * A wrong type is a `TypeError`, a number outside its range a `RangeError`. `Infinity` means "none" where it is allowed.
 *
 * @module
 */
import { printable } from "./printable.ts";

/** A value as it reads in a message. */
export function show(value: unknown): string {
  if (typeof value === "string") return `"${printable(value)}"`;
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return printable(String(value));
}

export function checkString(name: string, value: unknown): asserts value is string {
  if (typeof value !== "string") throw new TypeError(`Cannot use ${name} ${show(value)}: it must be a string`);
}

export function checkUint8Array(name: string, value: unknown): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError(`Cannot use ${name} ${show(value)}: it must be a Uint8Array`);
}

export function checkBoolean(name: string, value: unknown): asserts value is boolean | undefined {
  if (value !== undefined && typeof value !== "boolean") {
    throw new TypeError(`Cannot use ${name} ${show(value)}: it must be true or false`);
  }
}

export function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") {
    throw new TypeError(`Cannot use ${name} ${show(value)}: it must be a function`);
  }
}

/** Options are an object or left out. */
export function checkOptions(value: unknown): void {
  if (value !== undefined && (typeof value !== "object" || value === null)) {
    throw new TypeError(`Cannot use the options ${show(value)}: they must be an object`);
  }
}

/** Only reads and the waits of a writer can be given up without a trace: elsewhere `keepOpen` would be a false promise. */
export function checkNoKeepOpen(options: object | undefined): void {
  const keepOpen = (options as { keepOpen?: unknown } | undefined)?.keepOpen;
  if (keepOpen === undefined || keepOpen === false) return;
  throw new TypeError(`Cannot use keepOpen ${show(keepOpen)}: only reads, drain() and flush() have it`);
}

/** An address is text or an object. */
export function checkTarget(value: unknown): void {
  if (typeof value === "string" || (typeof value === "object" && value !== null)) return;
  throw new TypeError(`Cannot use the address ${show(value)}: it must be a string or an object`);
}

export function checkPort(value: unknown, lowest: 0 | 1): number {
  if (typeof value !== "number") throw new TypeError(`Cannot use port ${show(value)}: it must be a number`);
  if (!Number.isInteger(value) || value < lowest || value > 65_535) {
    throw new RangeError(`Cannot use port ${value}: it must be a whole number from ${lowest} to 65535`);
  }
  return value;
}

/** Milliseconds above 0; `Infinity` is none. */
export function checkTimeout(name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== "number") throw new TypeError(`Cannot use ${name} ${show(value)}: it must be a number`);
  if (!(value > 0)) throw new RangeError(`Cannot use ${name} ${value}: it must be above 0 ms, or Infinity for none`);
}

/** A whole number of bytes from `lowest`; `Infinity` is none. */
export function checkBytes(name: string, value: unknown, lowest = 1): void {
  if (typeof value !== "number") throw new TypeError(`Cannot use ${name} ${show(value)}: it must be a number`);
  if (!(value >= lowest)) throw new RangeError(`Cannot use ${name} ${value}: it must be at least ${lowest}`);
  if (value !== Infinity && !Number.isInteger(value)) {
    throw new TypeError(`Cannot use ${name} ${value}: it must be a whole number of bytes`);
  }
  if (value !== Infinity && !Number.isSafeInteger(value)) {
    throw new RangeError(`Cannot use ${name} ${value}: it must be at most 2 ** 53 - 1`);
  }
}

/** A count of bytes announced by a caller or a wire: finite, 0 allowed. */
export function checkCount(name: string, value: unknown): void {
  checkBytes(name, value, 0);
  if (value === Infinity) throw new RangeError(`Cannot use ${name} Infinity: it must be a whole number of bytes`);
}

export function checkSignal(value: unknown): void {
  if (value === undefined) return;
  const signal = value as Partial<AbortSignal> | null;
  if (typeof signal !== "object" || typeof signal?.aborted !== "boolean" || !signal.addEventListener) {
    throw new TypeError(`Cannot use signal ${show(value)}: it must be an AbortSignal`);
  }
}

export function checkEncoding(value: unknown): void {
  checkChoice("encoding", value, ["utf-8", "latin1"]);
}

/** A word out of a fixed list. */
export function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (value !== undefined && !choices.includes(value as string)) {
    throw new TypeError(`Cannot use ${name} ${show(value)}: it must be one of ${choices.map(show).join(", ")}`);
  }
}
