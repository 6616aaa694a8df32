/** What a caller was told, as one line of text: all that is promised to be the same on every runtime. */

/** What of it may differ by timing alone. */
export interface ToldOptions {
  /** How much was accepted: how far it got is up to the kernel, that the two counts add up to it is not. */
  readonly accepted?: number;
  /** Only class, reason, code and initiator: the rest is up to the kernel. */
  readonly brief?: boolean;
  /** The moment decides which operation is hit. */
  readonly anyOperation?: boolean;
  /** Not every runtime tells what a person would want to know. */
  readonly anyWords?: boolean;
  /** How much had arrived is up to the kernel. */
  readonly anyRead?: boolean;
}

const OURS = new Set(["ConnectionAbortedError", "ConnectError"]);

interface OurError extends Error {
  readonly reason: string;
  readonly code?: string;
  readonly operation: string;
  readonly initiator: string;
  readonly retrySafe: boolean;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly unsentBytes: number;
  readonly elapsed: number;
  readonly remoteAddress?: object;
  readonly localAddress?: object;
  readonly partial?: Uint8Array;
  readonly expected?: number;
  toJSON(): object;
}

/** A value or an error as one line. */
export function told(what: unknown, options: ToldOptions = {}): string {
  if (typeof what === "symbol") return Symbol.keyFor(what)!; // A word, not a string.
  if (what instanceof Error && OURS.has(what.name)) return ourError(what as OurError, options);
  if (what instanceof DOMException) return `DOMException ${what.name}`;
  if (what instanceof Error) return `${what.name}: ${stable(what.message)}`;
  if (what instanceof Uint8Array) return what.length <= 32 ? JSON.stringify(text(what)) : `${what.length} bytes`;
  if (typeof what === "symbol") return Symbol.keyFor(what)!; // A word, not a string.
  return what === undefined ? "done" : JSON.stringify(what);
}

function ourError(error: OurError, { accepted, brief, anyOperation, anyRead }: ToldOptions): string {
  if (brief) return [...briefly(error), ...ownCause(error), ...mistakes(error)].join("; ");
  const { name, reason, code, operation, initiator, retrySafe, bytesRead, bytesWritten, unsentBytes } = error;
  const parts = [
    `${name} ${reason}${code === undefined ? "" : ` ${code}`}`,
    `${anyOperation ? "" : `${operation}, `}by ${initiator}`,
    retrySafe ? "retry safe" : "not retry safe",
  ];
  if (name === "ConnectionAbortedError" && operation !== "connect" && operation !== "accept") {
    const sent = accepted === undefined
      ? `${bytesWritten} written, ${unsentBytes} unsent`
      : bytesWritten + unsentBytes === accepted
      ? `written + unsent = ${accepted}`
      : `WRITTEN ${bytesWritten} + UNSENT ${unsentBytes}, accepted ${accepted}`;
    parts.push(`${anyRead ? "some" : bytesRead} read, ${sent}`);
  }
  if (error.partial !== undefined) parts.push(`partial ${told(error.partial)}`);
  if (error.expected !== undefined) parts.push(`${error.expected} expected`);
  return [...parts, ...ownCause(error), ...mistakes(error)].join("; ");
}

/** The cause of what this side did is the caller's own; elsewhere it is the runtime's, and differs. */
function ownCause({ name, initiator, cause }: OurError): string[] {
  const own = name === "ConnectionAbortedError" && initiator === "local" && cause !== undefined && !isSystem(cause);
  return own ? [`cause ${told(cause)}`] : [];
}

function briefly({ name, reason, code, initiator }: OurError): string[] {
  return [`${name} ${reason}${code === undefined ? "" : ` ${code}`}`, `by ${initiator}`];
}

/** What must hold of every error. */
function mistakes(error: OurError): string[] {
  const found: string[] = [];
  if (!/^Cannot \S.*: .*; /.test(error.message)) found.push(`MESSAGE ${error.message}`);
  if (!(error.elapsed >= 0)) found.push(`ELAPSED ${error.elapsed}`);
  if (error.remoteAddress === undefined && error.localAddress === undefined) found.push("NO ADDRESS");
  if (error.stack === undefined) found.push("NO STACK");
  try {
    JSON.stringify(error);
  } catch (cause) {
    found.push(`JSON ${cause}`);
  }
  return found;
}

const isSystem = (cause: unknown): boolean => cause instanceof Error && !(cause instanceof DOMException);

/** What a person reads, without what is different in every run; `undefined` where that is too much. */
export function worded(what: unknown, { accepted, brief, anyRead, anyWords }: ToldOptions = {}): string | undefined {
  if (!(what instanceof Error) || !OURS.has(what.name) || brief || anyWords) return undefined;
  // Deno does not tell which addresses of a name it has tried.
  const words = stable(what.message).replaceAll(/(?<=localhost:)\d+/g, "PORT").replace(
    /,? ?after [\d.]+ (ms|s)(?=\))/,
    "",
  ).replace(" ()", "").replace(
    /; tried [^;]*/,
    "",
  );
  return accepted === undefined && !anyRead ? words : words.replaceAll(/\d+(?= (bytes read|written|unsent))/g, "N");
}

/** A raw error: class, code and message. */
export function rawTold(error: unknown): string {
  if (!(error instanceof Error)) return `${typeof error} ${JSON.stringify(error)}`;
  const { code } = error as { code?: unknown };
  const name = error.constructor.name === error.name ? error.name : `${error.constructor.name}/${error.name}`;
  const cause = error.cause === undefined ? "" : ` cause ${rawTold(error.cause)}`;
  const errors = error instanceof AggregateError ? ` errors [${error.errors.map(rawTold).join(", ")}]` : "";
  return `${name}{${typeof code === "string" ? `${code}, ` : ""}"${stable(error.message)}"}${cause}${errors}`;
}

/** What is different in every run: ports, and folders of one run. */
export function stable(message: string): string {
  return message.replaceAll(/(?<=\d\.\d+\.\d+\.\d+:)\d{4,5}\b/g, "PORT").replaceAll(/\/tmp\/matrix_\w+/g, "/tmp");
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
