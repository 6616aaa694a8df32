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

/** The system code of one of Node's errors, before there is a connection. */
export function nodeCode(error: unknown): string | undefined {
  const code = codeOf(error);
  // Deno's compatibility layer says EINVAL where there is no free local port, or the address is foreign.
  return underDeno() && code === "EINVAL" ? "EADDRNOTAVAIL" : code;
}
