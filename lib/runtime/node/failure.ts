/**
 * Node's and Bun's errors: always with a `code`, sometimes wrapped.
 *
 * @module
 */
import { codeOf } from "../../failure.ts";
import { underDeno } from "./net_socket.ts";

/** The system code of what an established socket fails with. Bun says EBADF where a Unix peer has fully closed. */
export function socketCode(error: unknown): string | undefined {
  const code = codeOf(error);
  return code === "EBADF" ? "EPIPE" : code;
}

/** Codes that were found out afterwards: the errors stay as they came. */
const found = new WeakMap<object, string>();

/** Sets what an error's code should have been. */
export function setCode(error: Error, code: string): void {
  found.set(error, code);
}

/** The system code of one of Node's errors, before there is a connection. */
export function nodeCode(error: unknown): string | undefined {
  const code = found.get(error as object) ?? codeOf(error);
  // Deno's compatibility layer says EINVAL where there is no free local port, or the address is foreign.
  return underDeno() && code === "EINVAL" ? "EADDRNOTAVAIL" : code;
}
