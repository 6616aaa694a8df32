import { endOfTurn, sleep } from "../../clock.ts";
import type { Transport } from "../../transport.ts";
import type { CipherStream } from "./cipher_stream.ts";

/** How long, and for how many bytes, a server listens to a client that it does not let in. */
const PATIENCE = 1_000;
const LIMIT = 1_048_576;

/**
 * Ends in order with a client that is not let in, behind the alert that says why.
 *
 * It may have sent a request already: under TLS 1.3 it does not know yet. Unread, that would turn the end of this side into a
 * reset, which overtakes the alert. So it is taken and dropped, until the client ends. Never rejects, and releases nothing.
 */
export async function turnAway(transport: Transport, cipher: CipherStream): Promise<void> {
  const patience = sleep(PATIENCE);
  const ending = sayWhy(transport, cipher).catch(() => {}); // The client is gone: it does not want to know.
  await Promise.race([Promise.all([ending, cipher.discard(LIMIT)]), patience.done]);
  patience.cancel();
}

async function sayWhy(transport: Transport, cipher: CipherStream): Promise<void> {
  await new Promise<void>((resolve) => endOfTurn(resolve)); // TLS writes its alert at the end of the turn.
  await cipher.flushed();
  await transport.closeWrite();
}
