import assert from "node:assert/strict";
import type { WireEntry } from "../lib/testing/explore/seam.ts";
import { formatWire } from "../lib/testing/explore/wire.ts";
import { test } from "./harness.ts";

function piece(direction: "in" | "out", bytes: string | number[], connection = 1): WireEntry {
  return {
    direction,
    bytes: typeof bytes === "string" ? new TextEncoder().encode(bytes) : new Uint8Array(bytes),
    connection,
  };
}

test("formatWire() shows text as text and everything else as hexadecimal", () => {
  assert.equal(
    formatWire([piece("out", "time?\r\n"), piece("in", [0, 1, 255])]),
    '    → "time?\\r\\n"\n    ← 00 01 ff',
  );
});

test("formatWire() ends with the cut", () => {
  const wire: WireEntry[] = [piece("out", "a"), { direction: "cut", connection: 1 }, piece("in", "b")];
  assert.equal(formatWire(wire), '    → "a"\n    ✂ cut here');
});

test("formatWire() tells several connections apart", () => {
  assert.equal(formatWire([piece("out", "a", 1), piece("out", "b", 2)]), '    #1 → "a"\n    #2 → "b"');
});

test("formatWire() is bounded, and keeps the end", () => {
  const wire = Array.from({ length: 1_000 }, (_, index) => piece("in", `${index} ${"x".repeat(1_000)}`));
  const lines = formatWire(wire).split("\n");
  assert.equal(lines.length, 25);
  assert.equal(lines[0], "    … 976 pieces before");
  assert.match(lines[24]!, /^ {4}← "999 x+"… \(1004 bytes\)$/);
  assert.ok(lines[24]!.length < 100);
});

test("formatWire() of nothing is empty", () => {
  assert.equal(formatWire([]), "");
});
