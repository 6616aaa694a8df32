/**
 * One step of a scripted conversation, as data: what a script is made of, what a recording writes.
 *
 * @module
 */
import { checkTimeout } from "../../arguments.ts";
import { excerpt } from "./excerpt.ts";

/** Bytes of a script: text (as UTF-8), bytes, or base64 where the script is kept as JSON. */
export type ScriptBytes = string | Uint8Array | { readonly base64: string };

/** What a line must be: that text, something that matches, or something that satisfies. */
export type ScriptLine = string | RegExp | ((line: string) => boolean);

/** One step, seen from the scripted peer. */
export type ScriptStep =
  /** Exactly these bytes come. */
  | { readonly expect: ScriptBytes }
  /** A line comes, ended by LF or CRLF. */
  | { readonly expectLine: ScriptLine }
  /** The end of the stream comes. */
  | { readonly expectEnd: true }
  /** Sends these bytes. */
  | { readonly send: ScriptBytes }
  /** Does nothing for so many ms. */
  | { readonly wait: number }
  /** Half-closes. */
  | { readonly closeWrite: true }
  /** Aborts: a reset, where the transport can send one. */
  | { readonly reset: true }
  /** Closes in order. */
  | { readonly close: true }
  /** Waits for the next connection, on a server. */
  | { readonly accept: true };

const KINDS = ["expect", "expectLine", "expectEnd", "send", "wait", "closeWrite", "reset", "close", "accept"];

const encoder: TextEncoder = new TextEncoder();

/** The bytes meant. */
export function bytesOf(data: ScriptBytes): Uint8Array {
  if (typeof data === "string") return encoder.encode(data);
  if (data instanceof Uint8Array) return data;
  return Uint8Array.from(atob(data.base64), (char) => char.charCodeAt(0));
}

/** Refuses what is no step, before anything is played. */
export function checkStep(step: ScriptStep): void {
  const keys = typeof step === "object" && step !== null ? Object.keys(step) : [];
  if (keys.length !== 1 || !KINDS.includes(keys[0]!)) {
    throw new TypeError(`Cannot use a step with ${keys.join(", ") || "nothing"}: want one of ${KINDS.join(", ")}`);
  }
  if ("wait" in step) checkTimeout("wait", step.wait);
  const data: unknown = "expect" in step ? step.expect : "send" in step ? step.send : "";
  if (typeof data === "string" || data instanceof Uint8Array) return;
  if (typeof (data as { base64?: unknown } | null)?.base64 === "string") return;
  throw new TypeError(`Cannot ${keys[0]} what is neither text, bytes, nor { base64 }`);
}

/** A step in the words of a message. */
export function describeStep(step: ScriptStep): string {
  if ("expect" in step) return `expect ${excerpt(bytesOf(step.expect))}`;
  if ("expectLine" in step) return `expect ${describeLine(step.expectLine)}`;
  if ("expectEnd" in step) return "expect the end of the stream";
  if ("send" in step) return `send ${excerpt(bytesOf(step.send))}`;
  if ("wait" in step) return `wait ${step.wait} ms`;
  if ("closeWrite" in step) return "half-close";
  if ("reset" in step) return "reset";
  return "close" in step ? "close" : "accept the next connection";
}

/** What a line must be, in the words of a message. */
export function describeLine(line: ScriptLine): string {
  if (typeof line === "string") return `the line ${excerpt(encoder.encode(line))}`;
  return line instanceof RegExp ? `a line that matches ${line}` : `a line that satisfies ${line.name || "a function"}`;
}
