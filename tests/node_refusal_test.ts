/** What a refusal on Bun really was. The error matrix provokes the real things; here the system says what a test wants. */
import assert from "node:assert/strict";
import type { TcpAddress } from "../lib/address.ts";
import { descriptorCode, refusalCode, type Witness } from "../lib/runtime/node/refusal.ts";
import { runChild } from "./child.ts";
import { test } from "./harness.ts";
import { onDeno } from "./raw_peers.ts";

const ADDRESS: TcpAddress = { transport: "tcp", hostname: "192.0.2.1", port: 7 };

/** A system with descriptors, a route and a neighbour, but for what a test says. */
function system(but: { descriptor?: string; route?: string; missing?: string } = {}): Witness {
  return {
    descriptor: () => but.descriptor,
    route: () => Promise.resolve(but.route),
    isMissing: (hostname) => Promise.resolve(hostname === but.missing),
  };
}

test("refusalCode() believes a refusal that nothing speaks against", async () => {
  assert.equal(await refusalCode(ADDRESS, 0, system()), "ECONNREFUSED");
  assert.equal(await refusalCode(ADDRESS, 2_499, system({ missing: "192.0.2.2" })), "ECONNREFUSED");
});

test("T5: refusalCode() takes a refusal for a timeout when the kernel may have given up", async () => {
  assert.equal(await refusalCode(ADDRESS, 2_500, system()), "ETIMEDOUT");
});

test("refusalCode() knows a host that has not answered on the wire, however long that took", async () => {
  assert.equal(await refusalCode(ADDRESS, 3_000, system({ missing: "192.0.2.1" })), "EHOSTUNREACH");
});

for (const route of ["ENETUNREACH", "EHOSTUNREACH"]) {
  test(`T5: refusalCode() knows an address without a route (${route})`, async () => {
    assert.equal(await refusalCode(ADDRESS, 1, system({ route })), route);
  });
}

test("refusalCode() asks for a descriptor first: a process without one cannot ask for a route", async () => {
  assert.equal(await refusalCode(ADDRESS, 1, system({ descriptor: "EMFILE", route: "EMFILE2" })), "EMFILE");
});

test("refusalCode() asks this machine about a port of its own", async () => {
  const loopback: TcpAddress = { transport: "tcp", hostname: "127.0.0.1", port: 1 };
  assert.equal(await refusalCode(loopback, 1), "ECONNREFUSED");
});

test("descriptorCode() has nothing to say while there are descriptors", () => {
  assert.equal(descriptorCode(), undefined);
});

test("connect() and listen() say that the process is out of descriptors, with node:net too", async () => {
  const behind = ["sh", "-c", 'ulimit -n 512 && exec "$0" "$@"'];
  for (const runtime of onDeno ? ["auto", "node"] : ["node"]) {
    const said = await runChild("without_descriptors", [runtime], undefined, behind);
    assert.deepEqual(JSON.parse(said), ["resource-exhausted EMFILE", "resource-exhausted EMFILE"]);
  }
});
