/**
 * Several addresses of one name, as RFC 8305 ("Happy Eyeballs") says: the next one is tried when the last has failed, or has
 * kept silent for a while, and the first that answers wins.
 *
 * @module
 */
import { onAbort } from "../../abort_hub.ts";
import type { Address } from "../../address.ts";
import { Change } from "../../change.ts";
import { now, sleep } from "../../clock.ts";
import type { ConnectAttempt } from "../../reasons.ts";

/** How long an attempt may keep silent before the next one joins it: what RFC 8305, section 5, recommends. */
const ATTEMPT_DELAY = 250;

/** What can be let go when it comes too late. */
interface Abortable {
  abort(): void;
}

/** Tries one address; when the signal aborts it rejects soon and leaves nothing open. */
export type Dial<T> = (address: Address, signal: AbortSignal) => Promise<T>;

/** The first that answered, or why none did: every attempt, in the order they failed. */
export type RaceResult<T> = { readonly winner: T } | { readonly attempts: readonly ConnectAttempt[] };

/** Options of a race. */
export interface RaceOptions {
  /** Ends it: the race rejects with its reason. */
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly delay?: number | undefined;
  /** Ends the race with this very error: other addresses would meet it too. */
  readonly isFatal: (error: unknown) => boolean;
}

/** The first address of the other family moves to the second place: when one family is broken, the other is next. */
export function interleave(addresses: readonly Address[]): Address[] {
  const isV6 = (address: Address): boolean => address.transport === "tcp" && address.hostname.includes(":");
  const other = addresses.findIndex((address) => isV6(address) !== isV6(addresses[0]!));
  if (other <= 1) return [...addresses];
  return [addresses[0]!, addresses[other]!, ...addresses.slice(1, other), ...addresses.slice(other + 1)];
}

/** One race. */
class Race<T extends Abortable> {
  readonly attempts: ConnectAttempt[] = [];
  winner: T | undefined;
  fatal: { readonly error: unknown } | undefined;
  running = 0;
  readonly change: Change = new Change();
  readonly #started: number = now();
  readonly #stop: AbortController = new AbortController();
  readonly #dial: Dial<T>;
  readonly #isFatal: (error: unknown) => boolean;

  constructor(dial: Dial<T>, isFatal: (error: unknown) => boolean) {
    this.#dial = dial;
    this.#isFatal = isFatal;
  }

  get decided(): boolean {
    return this.winner !== undefined || this.fatal !== undefined || this.#stop.signal.aborted;
  }

  /** Starts an attempt; settles when it has failed or won. */
  async start(address: Address): Promise<void> {
    const started = now();
    this.running++;
    try {
      const connected = await this.#dial(address, this.#stop.signal);
      if (this.decided) connected.abort();
      else this.winner = connected;
    } catch (error) {
      if (this.#isFatal(error)) this.fatal ??= { error };
      this.attempts.push({ address, error, startedAt: started - this.#started, elapsed: now() - started });
    }
    this.running--;
    this.change.announce();
  }

  /** Ends every attempt that is under way. */
  stop(reason?: unknown): void {
    this.#stop.abort(reason);
    this.change.announce();
  }
}

/**
 * Races the addresses.
 *
 * @throws What the signal's reason is, or a fatal error. Nothing is left open.
 */
export async function race<T extends Abortable>(
  addresses: readonly Address[],
  dial: Dial<T>,
  { signal, delay = ATTEMPT_DELAY, isFatal }: RaceOptions,
): Promise<RaceResult<T>> {
  signal.throwIfAborted();
  const contest = new Race(dial, isFatal);
  const forget = onAbort(signal, () => contest.stop(signal.reason));
  try {
    const order = interleave(addresses);
    for (let i = 0; i < order.length && !contest.decided; i++) {
      const settled = contest.start(order[i]!);
      if (i === order.length - 1) break;
      const pause = sleep(delay);
      await Promise.race([settled, pause.done, decided(contest)]);
      pause.cancel();
    }
    await decided(contest);
  } finally {
    forget();
  }
  if (contest.winner === undefined) signal.throwIfAborted();
  contest.stop(); // What is still under way has lost.
  if (contest.fatal !== undefined && contest.winner === undefined) throw contest.fatal.error;
  return contest.winner === undefined ? { attempts: contest.attempts } : { winner: contest.winner };
}

/** Settles when there is nothing left to decide. */
async function decided<T extends Abortable>(contest: Race<T>): Promise<void> {
  while (!contest.decided && contest.running > 0) await contest.change.next();
}
