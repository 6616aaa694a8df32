import assert from "node:assert/strict";
import { printable } from "../lib/printable.ts";
import { test } from "./harness.ts";

test("printable() leaves ordinary text alone, in any script", () => {
  for (const text of ["", "db.example.com", "/run/x y.sock", "grüße", "日本語", "a😀b"]) {
    assert.equal(printable(text), text);
  }
});

test("printable() escapes what would break a line or reach a terminal", () => {
  assert.equal(printable("a\r\nb"), "a\\u000d\\u000ab");
  assert.equal(printable("\u001b[31m"), "\\u001b[31m");
  assert.equal(printable("nul\0"), "nul\\u0000");
  assert.equal(printable("\u007f\u0085\u009f"), "\\u007f\\u0085\\u009f");
  assert.equal(printable("\u2028\u2029"), "\\u2028\\u2029");
});

test("printable() escapes what cannot be seen or turns the text around", () => {
  assert.equal(printable("\u200b\u202e\u2066\ufeff"), "\\u200b\\u202e\\u2066\\ufeff");
});

test("printable() escapes quotes and backslashes, so that a quoted text has one end", () => {
  assert.equal(printable('a"b\\c'), "a\\u0022b\\u005cc");
});

test("printable() escapes half characters", () => {
  assert.equal(printable("a\ud83d"), "a\\ud83d");
  assert.equal(printable("\ude00a"), "\\ude00a");
});

test("printable() keeps 64 characters and cuts the 65th", () => {
  assert.equal(printable("x".repeat(64)), "x".repeat(64));
  assert.equal(printable("x".repeat(65)), `${"x".repeat(63)}…`);
  assert.equal(printable("x".repeat(1_000_000)).length, 64);
});

test("printable() is at most 64 characters long when everything is escaped", () => {
  assert.equal(printable("\n".repeat(64)).length, 64);
});

test("printable() does not cut a character in half", () => {
  for (let before = 60; before <= 64; before++) {
    const cut = printable("x".repeat(before) + "😀😀😀");
    assert.ok(cut.length <= 64);
    assert.doesNotMatch(cut, /\p{Surrogate}/u, `after ${before}`);
  }
});
