/** Conditions that may differ between kinds of sockets are rows of their own. */
import type { Condition } from "./condition.ts";

/** A connection that was dialled over TCP or over a Unix socket, or one that was accepted over TCP. */
export type Over = "tcp" | "unix" | "accepted";

const SUFFIXES: Record<Over, string> = { tcp: "", unix: "-unix", accepted: "-accepted" };

type Make = (over: Over, name: (id: string) => string) => Condition;

/** The same condition over each; `name` makes its id. */
function overEach(kinds: readonly Over[], make: Make): readonly Condition[] {
  return kinds.map((over) => make(over, (id) => id + SUFFIXES[over]));
}

/** Over all kinds. */
export const overAll = (make: Make): readonly Condition[] => overEach(["tcp", "unix", "accepted"], make);

/** Over those that can be reset: a Unix socket has no RST. */
export const overTcp = (make: Make): readonly Condition[] => overEach(["tcp", "accepted"], make);
