/**
 * The promises that must hold after every run, whatever was cut.
 *
 * @module
 */
import type { CloseOutcome } from "../../close_outcome.ts";
import { isAllowed } from "./allowed.ts";
import type { Cut } from "./cut.ts";
import type { CutTransport } from "./cut_transport.ts";
import type { Observation } from "./finding.ts";
import type { Settled } from "./settled.ts";
import type { Stage } from "./stage.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** With what it may reject, and what it may resolve to. */
export interface Verdicts<T> {
  readonly allow: (error: unknown, cut: Cut) => boolean;
  /** Throws when the result is wrong. */
  readonly check: (result: T, cut: Cut) => void;
  /** Throws when the error, which is allowed, is the wrong one. */
  readonly checkError: (error: unknown, cut: Cut) => void;
  /** Whether it is what the clean run resolved to: all went well. */
  readonly isClean: (result: T) => boolean;
}

/** How the scenario settled. */
export function* judgeSettled<T>(
  settled: Settled<T>,
  stage: Stage,
  cut: Cut | undefined,
  verdicts: Verdicts<T>,
): Generator<Observation> {
  if ("error" in settled) {
    const { error } = settled;
    const allowed = cut !== undefined && (isAllowed(error, stage.signal) || verdicts.allow(error, cut));
    if (!allowed) yield { kind: "error", message: `it rejected with ${String(error)}`, error };
    else yield* objection("error", () => verdicts.checkError(error, cut));
  } else if (cut !== undefined && !stage.abandoned) {
    yield* objection("result", () => verdicts.check(settled.value, cut));
  }
}

function* objection(kind: "error" | "result", check: () => void): Generator<Observation> {
  try {
    check();
  } catch (error) {
    yield { kind, message: error instanceof Error ? error.message : String(error) };
  }
}

/** What each connection says about its own end; `content`: its caller believes that all went well. */
export async function* judgeOutcomes(
  stage: Stage,
  content: boolean,
  cut: Cut | undefined,
): AsyncGenerator<Observation> {
  for (const transport of stage.transports) {
    if (transport.connection === undefined) continue;
    const outcome = await transport.connection.closed;
    // One that was lost on the way may have been dialled anew; on the last one the scenario has finished.
    const last = transport === stage.transports.at(-1);
    if (last && content && !stage.abandoned && outcome.unsentBytes > 0) {
      yield {
        kind: "loss",
        message: `it resolved as if all were well, but ${outcome.unsentBytes} bytes that it had written never left`,
      };
    }
    yield* judgeCounts(transport, outcome, cut);
  }
}

function* judgeCounts(
  { number, bytesIn, lastIn, bytesTaken, carriesTls }: CutTransport,
  outcome: CloseOutcome,
  cut: Cut | undefined,
): Generator<Observation> {
  // Cut while bytes were on their way up from the seam: those are not counted any more.
  const late = cut === undefined ? 0 : lastIn;
  const countsIn = outcome.bytesRead === bytesIn || outcome.bytesRead === bytesIn - late;
  if (countsIn && outcome.bytesWritten === bytesTaken) return;
  // Plaintext is less than its ciphertext; how much less is up to TLS.
  if (carriesTls && outcome.bytesRead <= bytesIn && outcome.bytesWritten <= bytesTaken) return;
  const counted = `${outcome.bytesRead} bytes read and ${outcome.bytesWritten} written`;
  yield { kind: "count", message: `connection ${number} counted ${counted}, but ${bytesIn} and ${bytesTaken} passed` };
}

/** What must not be left when everything is over. */
export function* judgeLeftovers(stage: Stage, time: VirtualTime): Generator<Observation> {
  const { deadlines, timers } = time.pending();
  if (deadlines > 0) yield { kind: "timer", message: `${deadlines} timeouts are still armed` };
  if (timers > 0) yield { kind: "timer", message: `${timers} timers are still set` };
  const listeners = stage.listeners();
  if (listeners > 0) yield { kind: "listener", message: `${listeners} listeners are still on the signal` };
}
