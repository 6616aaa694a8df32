/**
 * The promises that must hold after every run, whatever was cut.
 *
 * @module
 */
import type { CloseOutcome } from "../../lifetime.ts";
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
  /** Whether it is what the clean run resolved to: all went well. */
  readonly isClean: (result: T) => boolean;
}

/** How the scenario settled. */
export function* judgeSettled<T>(
  settled: Settled<T>,
  stage: Stage,
  cut: Cut | undefined,
  { allow, check }: Verdicts<T>,
): Generator<Observation> {
  if ("error" in settled) {
    const { error } = settled;
    if (cut !== undefined && (isAllowed(error, stage.signal) || allow(error, cut))) return;
    yield { kind: "error", message: `it rejected with ${String(error)}`, error };
  } else if (cut !== undefined && !stage.abandoned) {
    try {
      check(settled.value, cut);
    } catch (error) {
      yield { kind: "result", message: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** What each connection says about its own end; `content`: the scenario told its caller that all went well. */
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
  { number, bytesIn, bytesTaken }: CutTransport,
  outcome: CloseOutcome,
  cut: Cut | undefined,
): Generator<Observation> {
  // Cut by this side while bytes were on their way up from the seam: those are not counted any more.
  const local = cut?.way === "signal" || cut?.way === "cancel" || cut?.way === "close";
  const countsIn = local ? outcome.bytesRead <= bytesIn : outcome.bytesRead === bytesIn;
  if (countsIn && outcome.bytesWritten === bytesTaken) return;
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
