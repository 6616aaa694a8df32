/**
 * What is read when nobody asks for it: behind a goodbye, and behind a write that failed.
 *
 * @module
 */
import type { ByteQueue } from "./byte_queue.ts";
import type { Change } from "./change.ts";
import { Deadline } from "./clock.ts";
import type { Lifetime } from "./lifetime.ts";

/** What is read after a write failed, at most: servers answer before they close. */
const SALVAGE_BYTES = 1_048_576;

/** How long a dead connection may take to bring the next of its last bytes: they are in memory already. */
const SALVAGE_WAIT = 100;

/** What a goodbye discards at most, waiting for the peer's end. */
const LINGER_BYTES = 16_777_216;

/** A fill loop, as far as it is needed here. */
interface Source {
  readonly queue: ByteQueue;
  readonly change: Change;
  readonly lifetime: Lifetime;
  /** Whether nothing more comes. */
  readonly dry: boolean;
  /** Asks for more, unless that is under way. */
  fill(): void;
  dropUnread(): void;
}

/** Reads and drops what the peer still sends, until it ends: for the goodbye. */
export async function discard(source: Source): Promise<void> {
  const { lifetime, queue } = source;
  const before = lifetime.discarded;
  queue.keepLent();
  for (;;) {
    source.dropUnread();
    if (source.dry || lifetime.over || lifetime.discarded - before >= LINGER_BYTES) return;
    source.fill();
    await source.change.next();
  }
}

/** After a write failed: what had arrived before is still read, as far as it comes at once. */
export async function salvage(source: Source): Promise<void> {
  const { lifetime, queue, change } = source;
  let late = false;
  const due = (): void => {
    late = true;
    change.announce();
  };
  const deadline = new Deadline(due, undefined, lifetime);
  const most = lifetime.bytesRead + SALVAGE_BYTES;
  while (!source.dry && !late && lifetime.bytesRead < most) {
    queue.keepLent(); // Each time: reads go on meanwhile, and may borrow.
    source.fill();
    deadline.arm(SALVAGE_WAIT);
    await change.next();
  }
  deadline.dispose();
}
