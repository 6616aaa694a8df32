/**
 * R01: one test per cell of the state table, over memory and over real sockets of every platform, and over TLS.
 */
import assert from "node:assert/strict";
import { type Place, places } from "./far_end.ts";
import { test } from "./harness.ts";
import { onDeno } from "./raw_peers.ts";
import { endings } from "./states/endings.ts";
import { reads, type Row } from "./states/reads.ts";
import { Subject } from "./states/subject.ts";
import { type Cell, cells } from "./states/table.ts";
import { writes } from "./states/writes.ts";
import { securePlaces } from "./tls_far_end.ts";

const rows: Record<string, Row> = { ...reads, ...writes, ...endings };

/** Deno's compatibility layer fails a pending write at the moment the peer half-closes: see `node_socket_test.ts`. */
function failsEarly(place: Place, { row, state }: Cell): boolean {
  const overNode = onDeno && place.transport === "tcp" && place.runtime === "node";
  return overNode && state === "read-ended" && row.endsWith("the peer does not read");
}

for (const place of [...places, ...securePlaces]) {
  for (const cell of cells) {
    if (failsEarly(place, cell)) continue;
    const { row, state, promised } = cell;
    test(`R01: ${row}, when ${state}: ${promised}, over ${place.name}`, async () => {
      await using subject = await Subject.open(place, state);
      await rows[row]!(subject, promised);
    });
  }
}

test("R01: every row of the table has its test, and every test its row", () => {
  assert.deepEqual(Object.keys(rows).sort(), [...new Set(cells.map(({ row }) => row))].sort());
});
