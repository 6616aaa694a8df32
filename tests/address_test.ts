import assert from "node:assert/strict";
import { addressOf, formatAddress, parseAddress, tcpAddress, unixAddress } from "../lib/address.ts";
import { test } from "./harness.ts";

function tcp(hostname: string, port: number): { transport: "tcp"; hostname: string; port: number } {
  return { transport: "tcp", hostname, port };
}

test("formatAddress() prints host and port, IPv6 in brackets", () => {
  assert.equal(formatAddress(tcp("example.com", 80)), "example.com:80");
  assert.equal(formatAddress(tcp("::1", 80)), "[::1]:80");
});

test("formatAddress() prints the path of a Unix socket, and the end that has none", () => {
  assert.equal(formatAddress({ transport: "unix", path: "/run/x.sock" }), "unix:/run/x.sock");
  assert.equal(formatAddress({ transport: "unix", path: "" }), "unix");
});

test("formatAddress() is one printable line", () => {
  assert.equal(formatAddress(tcp("a\nb", 1)), "a\\u000ab:1");
  assert.equal(formatAddress({ transport: "unix", path: "/\u001b[0m" }), "unix:/\\u001b[0m");
  assert.equal(formatAddress(tcp("x".repeat(300), 1)).length, 64 + ":1".length);
});

test("parseAddress() reads host and port", () => {
  assert.deepEqual(parseAddress("example.com:80", 0), { address: tcp("example.com", 80), tls: false });
  assert.deepEqual(parseAddress("tcp://10.0.0.1:6379", 0), { address: tcp("10.0.0.1", 6379), tls: false });
  assert.deepEqual(parseAddress("[::1]:80", 0), { address: tcp("::1", 80), tls: false });
  assert.deepEqual(parseAddress("tcp://[fe80::1%eth0]:80", 0), { address: tcp("fe80::1%eth0", 80), tls: false });
});

test("parseAddress() reads that TLS is wanted, in any case", () => {
  assert.deepEqual(parseAddress("tls://example.com:443", 0), { address: tcp("example.com", 443), tls: true });
  assert.equal(parseAddress("TLS://example.com:443", 0).tls, true);
});

test("parseAddress() reads the path of a Unix socket", () => {
  for (const text of ["unix:/run/x.sock", "unix:///run/x.sock"]) {
    assert.deepEqual(parseAddress(text, 0), { address: { transport: "unix", path: "/run/x.sock" }, tls: false });
  }
  assert.deepEqual(parseAddress("unix:x.sock", 0).address, { transport: "unix", path: "x.sock" });
});

test("parseAddress() takes port 0: a listener may ask for it", () => {
  assert.deepEqual(parseAddress("localhost:0", 0).address, tcp("localhost", 0));
});

test("addressOf() refuses port 0 of a dial, in text and in options", () => {
  for (const target of ["localhost:0", { port: 0 }]) {
    assert.throws(() => addressOf(target, 1), { name: "RangeError", message: /port 0: .* from 1 to 65535/ });
    assert.equal(formatAddress(addressOf(target, 0).address).replace("localhost", "127.0.0.1"), "127.0.0.1:0");
  }
});

test("addressOf() refuses a path beside a port or a hostname", () => {
  for (const other of [{ port: 1 }, { hostname: "localhost" }]) {
    assert.throws(() => addressOf({ path: "/x", ...other }, 1), {
      name: "TypeError",
      message: /both a path and a port/,
    });
  }
});

test("parseAddress() takes what formatAddress() prints", () => {
  for (const text of ["127.0.0.1:80", "[::1]:80", "unix:/run/x.sock"]) {
    assert.equal(formatAddress(parseAddress(text, 0).address), text);
  }
});

test("parseAddress() refuses what is no address, naming it", () => {
  for (const text of ["", "localhost", "localhost:", ":80", "[]:80", "a:b", "::1:80", "localhost:80/path", "x:-1"]) {
    assert.throws(() => parseAddress(text, 0), (error: Error) => {
      assert.equal(error.name, "TypeError", text);
      assert.match(error.message, /^Cannot use the (address|hostname) "/);
      return true;
    });
  }
});

test("parseAddress() refuses other schemes", () => {
  assert.throws(() => parseAddress("http://example.com:80", 0), /the scheme must be "tcp:\/\/", "tls:\/\/" or "unix:"/);
});

test("parseAddress() refuses a port out of range", () => {
  assert.throws(() => parseAddress("localhost:65536", 0), { name: "RangeError", message: /65536/ });
});

test("tcpAddress() takes IPv6 with brackets or without", () => {
  assert.deepEqual(tcpAddress("[::1]", 80, 1), tcp("::1", 80));
  assert.deepEqual(tcpAddress("::1", 80, 1), tcp("::1", 80));
});

test("tcpAddress() refuses a hostname that is empty, has a NUL or is not text", () => {
  for (const hostname of ["", "[]", "a\0b", 1, null, undefined]) {
    assert.throws(() => tcpAddress(hostname, 80, 1), { name: "TypeError", message: /hostname/ });
  }
});

test("unixAddress() refuses a path that is empty, has a NUL or is not text", () => {
  for (const path of ["", "\0abstract", "/a\0b", 1, null, undefined]) {
    assert.throws(() => unixAddress(path), { name: "TypeError", message: /path/ });
  }
});

test("unixAddress() takes 107 bytes and refuses more: Node 20 would connect to another socket", () => {
  const longest = "/".padEnd(107, "x");
  assert.deepEqual(unixAddress(longest), { transport: "unix", path: longest });
  assert.throws(() => unixAddress(`${longest}x`), { name: "RangeError", message: /108 bytes.*at most 107/ });
});

test("unixAddress() counts bytes, not characters", () => {
  assert.throws(() => unixAddress(`/${"é".repeat(54)}`), { name: "RangeError", message: /109 bytes/ });
});
