/**
 * Every conformance check, as named data.
 *
 * They come from trio's stream checkers (T01–T42) and socket tests (TS01–TS06), read with this project's words: `send_all`
 * is `write` and `flush`, `send_eof` is `closeWrite`, `aclose` is `close`, a forceful close is `abort`. Where the two
 * promise different things the check is for ours, and says so.
 */
import { cloggedChecks } from "./clogged.ts";
import { endingChecks } from "./endings.ts";
import { halfCloseChecks } from "./half_close.ts";
import { type Check, flipped } from "./pair.ts";
import { socketChecks } from "./sockets.ts";
import { transferChecks } from "./transfer.ts";
import { volumeChecks } from "./volume.ts";

const each: Check[] = [
  ...transferChecks,
  ...endingChecks,
  ...halfCloseChecks,
  ...cloggedChecks,
  ...volumeChecks,
  ...socketChecks,
];

/** The checks one by one, in the order of their ids; a runner that can names a test after each. */
export const singleChecks: readonly Check[] = each.toSorted((a, b) => a.id < b.id ? -1 : 1);

/** A runner that runs every single check both ways has run this one. */
export const bothWays: Check = {
  id: "T34",
  title: "every check also holds with the ends exchanged",
  async run(maker) {
    for (const check of singleChecks) await check.run(flipped(maker));
  },
};

/** All of them. */
export const checks: readonly Check[] = [...singleChecks, bothWays];
