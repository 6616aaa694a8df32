/**
 * Where and how the explorer cuts a run.
 *
 * @module
 */

/**
 * The ways of cutting.
 *
 * - `"reset"`: the peer resets; what waits and what follows fails with `ECONNRESET`.
 * - `"end"`: the peer's stream ends there; it still takes what is written.
 * - `"stall"`: nothing passes any more, either way; time goes on until a timeout fires.
 * - `"late"`: the same, but after the first timeout it passes after all: the answer comes when nobody expects it any more.
 * - `"signal"`: the signal that connection and scenario were given is aborted.
 * - `"cancel"`: whoever awaited the scenario has gone, as after a lost `Promise.race`, and has aborted the connection. In
 *   JavaScript an await cannot be cancelled: the scenario goes on by itself, and must still come to its end.
 * - `"close"`: this side closes the connection in order meanwhile.
 * - `"write-error"`: writes fail from there on (`EPIPE`), what has arrived can still be read.
 */
export type CutWay = "reset" | "end" | "stall" | "late" | "signal" | "cancel" | "close" | "write-error";

/** All ways, in the order in which they are tried. */
export const CUT_WAYS: readonly CutWay[] = [
  "reset",
  "end",
  "stall",
  "late",
  "signal",
  "cancel",
  "close",
  "write-error",
];

/** A moment of a run: after a byte from the peer, after a byte to the peer, or at an event of the seam. */
export type CutPlace = "in" | "out" | "event";

const PLACES: readonly string[] = ["in", "out", "event"];

/** One cut: a moment and a way. */
export interface Cut {
  /** What is counted. */
  readonly place: CutPlace;
  /** Which one, counted from 1 over the whole run. */
  readonly index: number;
  /** How. */
  readonly way: CutWay;
}

/** The short name that replays it, `"in:17:reset"`. */
export function cutId({ place, index, way }: Cut): string {
  return `${place}:${index}:${way}`;
}

/**
 * The cut of a short name.
 *
 * @throws {TypeError} It is none.
 */
export function parseCut(id: string): Cut {
  const [place = "", index = "", way = "", ...rest] = id.split(":");
  const known = PLACES.includes(place) && /^[1-9]\d*$/.test(index) && CUT_WAYS.includes(way as CutWay);
  if (!known || rest.length > 0) {
    throw new TypeError(
      `Cannot replay the cut "${id}": it must be a place (${PLACES.join(", ")}), a number from 1 and a way (${
        CUT_WAYS.join(", ")
      }), as in "in:17:reset"`,
    );
  }
  return { place: place as CutPlace, index: Number(index), way: way as CutWay };
}

/** The cut as people say it; `event` is what happened there in the clean run. */
export function describeCut({ place, index, way }: Cut, event: string | undefined): string {
  const where = {
    in: `after byte ${index} from the peer`,
    out: `after byte ${index} to the peer`,
    event: `at event ${index} (${event ?? "not in the clean run"})`,
  };
  return `${where[place]}, by ${way}`;
}

/** Every moment of a run that had so many bytes and events: each event, and each byte or only every `step`th. */
export function everyMoment(
  counts: { readonly bytesIn: number; readonly bytesOut: number; readonly events: number },
  step: number,
): Pick<Cut, "place" | "index">[] {
  const moments: Pick<Cut, "place" | "index">[] = [];
  for (let index = 1; index <= counts.events; index++) moments.push({ place: "event", index });
  for (let index = step; index <= counts.bytesIn; index += step) moments.push({ place: "in", index });
  for (let index = step; index <= counts.bytesOut; index += step) moments.push({ place: "out", index });
  return moments;
}
