/**
 * Node's and Bun's errors: always with a `code`, sometimes wrapped.
 *
 * @module
 */
import process from "node:process";
import { codeOf } from "../../failure.ts";

const underDeno = (process.versions as Record<string, string | undefined>).deno !== undefined;

/** The system code of one of Node's errors. */
export function nodeCode(error: unknown): string | undefined {
  const code = codeOf(error);
  // Deno's compatibility layer says EINVAL where there is no free local port, or the address is foreign.
  return underDeno && code === "EINVAL" ? "EADDRNOTAVAIL" : code;
}
