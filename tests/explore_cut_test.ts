import assert from "node:assert/strict";
import { CUT_WAYS, cutId, describeCut, everyCut, parseCut } from "../lib/testing/explore/cut.ts";
import { test } from "./harness.ts";

test("everyCut() gives each byte and event once for each way, and nothing else", () => {
  const ids = [...everyCut({ bytesIn: 2, bytesOut: 1, events: 3 }, ["reset", "end"])].map(cutId);
  assert.deepEqual(ids, [
    ...["event:1:reset", "event:2:reset", "event:3:reset", "in:1:reset", "in:2:reset", "out:1:reset"],
    ...["event:1:end", "event:2:end", "event:3:end", "in:1:end", "in:2:end", "out:1:end"],
  ]);
});

test("parseCut() understands what cutId() wrote", () => {
  for (const cut of everyCut({ bytesIn: 12, bytesOut: 12, events: 12 }, CUT_WAYS)) {
    assert.deepEqual(parseCut(cutId(cut)), cut);
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
