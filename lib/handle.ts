/**
 * Notices that nobody can reach a connection any more.
 *
 * Theory of operation. Connection, reader, writer, iterators and streams of one connection all hold its `Handle`, and
 * nothing else does: not the socket, not a timer, not a signal. An operation that waits holds whoever was asked. So when the
 * handle is garbage-collected nobody is left who could close the connection, and it is closed for them: in order, without a
 * reset, so that what is with the kernel is still delivered.
 *
 * @module
 */
import { formatAddress } from "./address.ts";
import type { Goodbye } from "./goodbye.ts";
import type { Lifetime } from "./lifetime.ts";

/** What is left of a connection that nobody holds. */
interface Abandoned {
  readonly lifetime: Lifetime;
  readonly goodbye: Goodbye;
  /** Where it was opened, when somebody wanted to know. */
  readonly origin: string | undefined;
}

const registry: FinalizationRegistry<Abandoned> = new FinalizationRegistry(({ lifetime, goodbye, origin }) => {
  if (lifetime.over || lifetime.phase === "closing") return;
  const address = formatAddress(lifetime.transport.remoteAddress);
  const where = origin === undefined ? "" : `\n${origin}`;
  console.warn(
    `Warning: the connection to ${address} was forgotten while it was open; close it, or use await using${where}`,
  );
  // Nobody waits for the peer's goodbye. What is still ours is sent first, within the time of a close.
  if (lifetime.unsentBytes === 0) return lifetime.finishClosing();
  goodbye.close().catch(() => {}); // It was just said: nobody is left who could be told more.
});

/** What a user holds, in one way or another. Nothing in it: only whether it lives counts. */
class Handle {}

/**
 * Makes the handle of a connection. The lifetime holds it weakly, what users hold holds it.
 *
 * @param origin Where it was opened, for the warning.
 */
export function handOut(lifetime: Lifetime, goodbye: Goodbye, origin: string | undefined): void {
  const handle = new Handle();
  lifetime.handle = new WeakRef(handle);
  registry.register(handle, { lifetime, goodbye, origin }, lifetime);
  lifetime.finalizers.push(() => registry.unregister(lifetime));
}
