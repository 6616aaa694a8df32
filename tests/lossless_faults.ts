/**
 * Faults that lose nothing: what is true of a connection or a transport is true with one of them around it.
 */
import {
  coalesce,
  compose,
  type Fault,
  latency,
  pauseAt,
  shortWrites,
  slice,
  slowClose,
  throttle,
} from "../lib/testing/mod.ts";

const both = { direction: "both" } as const;

/** In both directions; each pair gets its own, so that a failure can be repeated. */
export const losslessFaults: Record<string, () => Fault> = {
  "no flaw": () => slice(2 ** 40, both),
  "slice()": () => slice(1_000, { variation: 999, ...both }),
  "coalesce()": () => coalesce(3_000, { within: 3, ...both }),
  "shortWrites()": () => shortWrites(60_000),
  "latency()": () => latency(3, { jitter: 3, capacity: 200_000, ...both }),
  "throttle()": () => throttle(100_000_000, both),
  "pauseAt()": () => pauseAt({ probability: 1e-6 }, 3, both),
  "slowClose()": () => slowClose(3, both),
  "all of them": () =>
    compose(
      slice(50_000, { variation: 49_000, ...both }),
      latency(1, { jitter: 1, capacity: 100_000, ...both }),
      throttle(200_000_000, both),
      coalesce(500, { within: 1, ...both }),
      shortWrites(100_000),
      pauseAt({ probability: 1e-6 }, 1, both),
      slowClose(1, both),
    ),
};
