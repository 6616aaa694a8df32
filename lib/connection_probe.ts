import { now } from "./clock.ts";
import type { FillLoop } from "./fill_loop.ts";
import type { ConnectionInspection, ConnectionState, InspectableConnection, WaitingOperation } from "./inspection.ts";
import type { Lifetime } from "./lifetime.ts";

/** Looks at a connection from the side, and changes nothing. */
export class ConnectionProbe implements InspectableConnection {
  /** Whose it is. */
  readonly loop: FillLoop;

  constructor(loop: FillLoop) {
    this.loop = loop;
  }

  inspect(): ConnectionInspection {
    const { lifetime, queue } = this.loop;
    const { transport, bytesRead, bytesWritten, unsentBytes, openedAt } = lifetime;
    return {
      localAddress: transport.localAddress,
      remoteAddress: transport.remoteAddress,
      state: stateOf(lifetime),
      age: now() - openedAt,
      bytesRead,
      bytesWritten,
      bufferedBytes: queue.length,
      unsentBytes,
      waiting: waitingIn(lifetime),
    };
  }
}

function stateOf({ phase, peerEnded, writeEnding }: Lifetime): ConnectionState {
  if (phase === "closing") return "closing";
  if (peerEnded) return "read-ended";
  return writeEnding ? "write-ended" : "open";
}

function waitingIn({ reading, writing }: Lifetime): WaitingOperation[] {
  const time = now();
  return [...(reading === undefined ? [] : [reading]), ...(writing ?? [])]
    .map(({ operation, since }) => ({ operation, elapsed: time - since }))
    .sort((a, b) => b.elapsed - a.elapsed);
}
