/**
 * Deno's errors: mostly with a `code`, sometimes only a class or a message.
 *
 * @module
 */
import { codeOf } from "../../failure.ts";

/** Classes that come without a code. The others carry the system's. */
const CODES: Record<string, string> = {
  ConnectionRefused: "ECONNREFUSED",
  ConnectionReset: "ECONNRESET",
  ConnectionAborted: "ECONNABORTED",
  NotConnected: "ENOTCONN",
  BrokenPipe: "EPIPE",
  WriteZero: "EPIPE",
  TimedOut: "ETIMEDOUT",
  NetworkUnreachable: "ENETUNREACH",
  AddrInUse: "EADDRINUSE",
  AddrNotAvailable: "EADDRNOTAVAIL",
  PermissionDenied: "EACCES",
  NotFound: "ENOENT",
  // An invalid name: node:net says ENOTFOUND to the same text.
  URIError: "ENOTFOUND",
};

/** glibc's and musl's words, which Deno passes on without a code. */
const LOOKUP_FAILED = "failed to lookup address information";
const NO_SUCH_NAME = /Name or service not known|No address associated|Name does not resolve|nodename nor servname/;

/** The system code of one of Deno's errors. */
export function denoCode(error: unknown): string | undefined {
  const code = codeOf(error);
  if (code !== undefined || !(error instanceof Error)) return code;
  if (error.message.startsWith(LOOKUP_FAILED)) return NO_SUCH_NAME.test(error.message) ? "ENOTFOUND" : "EAI_AGAIN";
  return CODES[error.name];
}
