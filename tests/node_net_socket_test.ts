import assert from "node:assert/strict";
import process from "node:process";
import { mistakesResets, tellsAtOnce } from "../lib/runtime/node/net_socket.ts";
import { test } from "./harness.ts";
import { onBun, onDeno } from "./raw_peers.ts";

test("tellsAtOnce() holds for Node itself alone", () => {
  assert.equal(tellsAtOnce(), !onDeno && !onBun);
});

test("mistakesResets() holds for libuv before 1.52 alone", () => {
  const [major = 0, minor = 0] = (process.versions.uv ?? "").split(".").map(Number);
  assert.equal(mistakesResets(), !onDeno && !onBun && major === 1 && minor < 52);
});
