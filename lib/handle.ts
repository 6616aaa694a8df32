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
import { ConnectionProbe } from "./connection_probe.ts";
import type { FillLoop } from "./fill_loop.ts";
import { Goodbye } from "./goodbye.ts";
import type { InspectableConnection } from "./inspection.ts";
import type { Part } from "./part.ts";
import { openConnections } from "./registry.ts";

const registry: FinalizationRegistry<Holding> = new FinalizationRegistry((holding) => {
  const { loop } = holding;
  const { lifetime } = loop;
  if (lifetime.over || lifetime.phase === "closing") return;
  const address = formatAddress(lifetime.transport.remoteAddress);
  const origin = openConnections.originOf(holding);
  const where = origin === undefined ? "" : `\n${origin}`;
  console.warn(
    `Warning: the connection to ${address} was forgotten while it was open; close it, or use await using${where}`,
  );
  // Nobody waits for the peer's goodbye. What is still ours is sent first, within the time of a close.
  if (lifetime.unsentBytes === 0) return lifetime.finishClosing();
  new Goodbye(loop).close().catch(() => {}); // It was just said: nobody is left who could be told more.
});

/** What a user holds, in one way or another. Nothing in it: only whether it lives counts. */
class Handle {}

/** What this package holds of a connection while it is open: to look at it, and to end it when nobody else can. */
class Holding extends ConnectionProbe implements Part {
  readonly #entry: WeakRef<InspectableConnection>;

  constructor(loop: FillLoop, traced: boolean) {
    super(loop);
    this.#entry = openConnections.add(this, traced);
  }

  dispose(): void {
    openConnections.remove(this.#entry);
    registry.unregister(this);
  }
}

/**
 * Makes the handle of a connection. The lifetime holds it weakly, what users hold holds it.
 *
 * @param traced Remembers where it was opened, also when nobody else wants to know.
 */
export function handOut(loop: FillLoop, traced: boolean): object {
  const handle = new Handle();
  const holding = new Holding(loop, traced);
  loop.lifetime.handle = new WeakRef(handle);
  registry.register(handle, holding, holding);
  loop.lifetime.addPart(holding);
  return handle;
}
