import assert from "node:assert/strict";
import { CUT_WAYS, cutId, describeCut, everyMoment, parseCut } from "../lib/testing/explore/cut.ts";
import { test } from "./harness.ts";

test("everyMoment() gives each byte and event once, and nothing else", () => {
  const ids = everyMoment({ bytesIn: 2, bytesOut: 1, events: 3 }, 1).map(({ place, index }) => `${place}:${index}`);
  assert.deepEqual(ids, ["event:1", "event:2", "event:3", "in:1", "in:2", "out:1"]);
});

test("everyMoment() with a step gives every nth byte, and each event", () => {
  const ids = everyMoment({ bytesIn: 7, bytesOut: 6, events: 2 }, 3).map(({ place, index }) => `${place}:${index}`);
  assert.deepEqual(ids, ["event:1", "event:2", "in:3", "in:6", "out:3", "out:6"]);
});

test("parseCut() understands what cutId() wrote", () => {
  for (const moment of everyMoment({ bytesIn: 12, bytesOut: 12, events: 12 }, 1)) {
    for (const way of CUT_WAYS) assert.deepEqual(parseCut(cutId({ ...moment, way })), { ...moment, way });
  }
});

test("parseCut() refuses everything else", () => {
  for (
    const id of ["", "in", "in:1", "up:1:reset", "in:0:reset", "in:01:reset", "in:1.5:end", "in:1:late:", "in:1:x"]
  ) {
    assert.throws(() => parseCut(id), { name: "TypeError", message: new RegExp(`^Cannot replay the cut "${id}"`) });
  }
});

test("describeCut() says where and how", () => {
  assert.equal(describeCut(parseCut("in:17:reset"), undefined), "after byte 17 from the peer, by reset");
  assert.equal(describeCut(parseCut("out:4:stall"), undefined), "after byte 4 to the peer, by stall");
  assert.equal(describeCut(parseCut("event:2:end"), "read 1 starts"), "at event 2 (read 1 starts), by end");
});
