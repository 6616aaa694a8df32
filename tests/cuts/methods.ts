/** Finds the async methods of a connection, and of frames over it: by what they return, so that none can be forgotten. */
import { type Connection, framed } from "../../mod.ts";
import { textLine } from "./scenarios.ts";

/** `reader.lines()` is 1, its `batches()` 2; the batches of batches run the same code. */
const DEEPEST_ITERATOR = 2;

/** A handshake has no bytes of a test's own: `start_tls_test.ts` and its siblings cut it. */
const CUT_ELSEWHERE: ReadonlySet<string> = new Set(["Connection.startTls"]);

/**
 * The names of all methods of reader, writer, connection and frames that return a promise, and of those of the iterators
 * they return: `Reader.readLine`, `Reader.lines().next`, `Connection[Symbol.asyncDispose]`.
 *
 * @param open A connection for one call: what it does to it is of no interest.
 */
export function asyncMethods(open: () => Connection): string[] {
  const all = [
    ...methodsOf("Reader", (connection) => connection.reader, open),
    ...methodsOf("Writer", (connection) => connection.writer, open),
    ...methodsOf("Connection", (connection) => connection, open),
    ...methodsOf("Framed", (connection) => framed(connection, textLine), open),
  ];
  return all.filter((name) => !CUT_ELSEWHERE.has(name));
}

type Find = (connection: Connection) => object;

function methodsOf(owner: string, find: Find, open: () => Connection, depth = 0): string[] {
  const sample = open();
  const keys = methodKeys(find(sample));
  sample.abort();
  return keys.flatMap((key) => {
    const name = typeof key === "symbol" ? `${owner}[${symbolName(key)}]` : `${owner}.${key}`;
    const connection = open();
    const target = find(connection);
    const result = callBare(target, key);
    connection.abort();
    if (isIterator(result)) {
      const deeper = result !== target && depth < DEEPEST_ITERATOR;
      return deeper ? methodsOf(`${name}()`, (c) => callBare(find(c), key) as object, open, depth + 1) : [];
    }
    if (typeof (result as PromiseLike<unknown> | undefined)?.then !== "function") return [];
    (result as Promise<unknown>).catch(() => {}); // The connection was aborted, or an argument is missing.
    return [name];
  });
}

/** Every function on the prototypes, own and inherited, but what each object has. */
function methodKeys(target: object): PropertyKey[] {
  const keys = new Set<PropertyKey>();
  for (let proto = Object.getPrototypeOf(target); proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) {
    for (const key of Reflect.ownKeys(proto)) {
      if (key !== "constructor" && typeof Object.getOwnPropertyDescriptor(proto, key)?.value === "function") {
        keys.add(key);
      }
    }
  }
  return [...keys];
}

/** Node 20 describes its own `Symbol.asyncDispose` as "nodejs.asyncDispose". */
function symbolName(symbol: symbol): string {
  const wellKnown = Object.getOwnPropertyNames(Symbol).find((name) => Reflect.get(Symbol, name) === symbol);
  return wellKnown === undefined ? String(symbol.description) : `Symbol.${wellKnown}`;
}

function callBare(target: object, key: PropertyKey): unknown {
  return (target as Record<PropertyKey, () => unknown>)[key]!();
}

function isIterator(value: unknown): value is AsyncIterableIterator<unknown> {
  return typeof value === "object" && value !== null && "next" in value && Symbol.asyncIterator in value;
}
