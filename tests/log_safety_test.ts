/** Text from outside in messages, and what users sent in logs. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { connect, type Connection, listen } from "../mod.ts";
import { connectionPair } from "../lib/testing/mod.ts";
import { type Place, places } from "./far_end.ts";
import { test } from "./harness.ts";
import { rejection, runtimes, temporaryFolder } from "./raw_peers.ts";

/** A colour, a line of its own, the way back to the start of the line, and text that runs backwards. */
const EVIL = "evil\x1b[31m\r\nSet-Log: forged\u202e\0";

/** The same for places that know that a NUL cannot be. */
const EVIL_NAME = EVIL.slice(0, -1);

/** A message, and the error as a text, are one line of printable characters. */
function assertPrintable(error: Error): void {
  for (const text of [error.message, String(error)]) {
    assert.match(text, /^[^\p{Control}\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069]+$/u);
  }
  assert.ok(JSON.stringify(error).length > 0);
}

const open = (): Connection => connectionPair().local;

/** What quotes a value, or a name, that came from outside. */
const QUOTES: Record<string, () => unknown> = {
  "connect() to a hostname": () => connect({ hostname: EVIL, port: 1 }),
  "connect() to an address": () => connect(EVIL),
  "connect() to an address with a scheme": () => connect(`${EVIL}://x:1`),
  "connect() to an empty hostname": () => connect(`[${EVIL}`),
  "connect() to a path": () => connect({ path: EVIL }),
  "connect() to a path that is too long": () => connect({ path: EVIL_NAME.repeat(20) }),
  "connect() to a port": () => connect({ port: EVIL as never }),
  "connect() with a runtime": () => connect({ port: 1, runtime: EVIL as never }),
  "connect() with a timeout": () => connect({ port: 1, timeout: EVIL as never }),
  "connect() with options": () => connect("host:1", EVIL as never),
  "connect() with a signal": () => connect({ port: 1, signal: EVIL as never }),
  "connect() with keepOpen": () => connect({ port: 1, keepOpen: EVIL } as never),
  "listen() on a path": () => listen({ path: EVIL }),
  "listen() on an address": () => listen(EVIL),
  "Reader.readLine() with an encoding": () => open().reader.readLine({ encoding: EVIL as never }),
  "Reader.readLine() with a limit": () => open().reader.readLine({ limit: EVIL as never }),
  "Reader.readExactly() of a size": () => open().reader.readExactly(EVIL as never),
  "Reader.readUntil() a function": () =>
    open().reader.readUntil(Object.assign(() => EVIL, { toString: () => EVIL }) as never),
  "Writer.write() of a symbol": () => open().writer.write(Symbol(EVIL) as never),
  "Writer.write() of an array": () => open().writer.write([Symbol(EVIL)] as never),
  "Connection.close() with a timeout": () => open().close({ timeout: EVIL as never }),
};

for (const [what, call] of Object.entries(QUOTES)) {
  test(`R24: The message of ${what} with ESC, CR and LF is one printable line`, async () => {
    assertPrintable(await rejection((async () => await call())()));
  });
}

for (const runtime of runtimes) {
  test(`R24: What cannot be dialled or bound is named in one printable line, runtime ${runtime}`, async () => {
    await using folder = await temporaryFolder();
    const path = folder.path(EVIL_NAME);
    const errors = await Promise.all([
      rejection(connect({ hostname: EVIL_NAME, port: 1, runtime })),
      rejection(connect({ path, runtime })),
      rejection(listen({ hostname: EVIL_NAME, port: 0, runtime })),
      rejection(listen({ path: `${path}/s`, runtime })),
    ]);
    for (const error of errors) {
      assert.equal(error.name, "ConnectError", String(error));
      assertPrintable(error);
      assert.match(error.message, /\\u001b/);
      assert.match(error.message, /\\u000d/);
    }
  });

  test(`R24: A connection over a path with ESC, CR and LF fails in one printable line, runtime ${runtime}`, async () => {
    await using folder = await temporaryFolder();
    await using listener = await listen({ path: folder.path(EVIL_NAME), runtime });
    const [server, client] = await Promise.all([listener.accept(), connect(listener.address, { runtime })]);
    assertPrintable(await rejection(client.reader.read({ timeout: 1, keepOpen: true })));
    await server.writer.write("half");
    await server.writer.flush();
    server.abort();
    assertPrintable(await rejection(client.reader.readLine()));
    const waiting = rejection(listener.accept());
    await listener.close();
    assertPrintable(await waiting);
  });
}

const PASSWORD = "correct horse battery staple";
const HALF = `PASS ${PASSWORD}`;

/** Every form in which an error gets into a log. */
function assertSilent(error: Error): void {
  const forms = [error.message, String(error), error.stack, JSON.stringify(error), inspect(error, { depth: 9 })];
  if ("Deno" in globalThis) forms.push(Deno.inspect(error, { depth: 9 }));
  for (const form of forms) {
    assert.ok(!form?.includes(PASSWORD.slice(0, 12)), form);
    // Nor as the numbers of its bytes: 99, 111, 114 is "cor".
    assert.doesNotMatch(form ?? "", /99,\s*111,\s*114|63 6f 72/);
  }
}

type Cut = (place: Place) => Promise<Error[]>;

/** How a line with a password in it can fail to be read, or sent. */
const CUTS: Record<string, Cut> = {
  async "a line cut by the peer's end"(place) {
    await using ends = await place.open();
    await ends.far.send(HALF);
    await ends.far.end();
    const error = await rejection(ends.local.reader.readLine());
    assert.equal(new TextDecoder().decode(error.partial), HALF, "it is there for who asks");
    return [error, (await ends.local.closed).error!, ends.local.signal.reason];
  },
  async "a line cut by a reset"(place) {
    await using ends = await place.open();
    await ends.far.send(HALF);
    await ends.local.reader.peek(HALF.length);
    await ends.far.reset();
    const error = await rejection(ends.local.reader.readLine());
    assert.equal(new TextDecoder().decode(error.partial), HALF);
    return [error];
  },
  async "a line that is not UTF-8"(place) {
    await using ends = await place.open();
    await ends.far.send(new Uint8Array([0xff, ...new TextEncoder().encode(`${HALF}\n`)]));
    const error = await rejection(ends.local.reader.readLine());
    assert.equal(error.name, "DecodeError");
    assert.equal(error.bytes.length, HALF.length + 1);
    return [error];
  },
  async "a line over its limit"(place) {
    await using ends = await place.open();
    await ends.far.send(`${HALF}\n`);
    return [await rejection(ends.local.reader.readLine({ limit: 8 }))];
  },
  async "a line that is given up"(place) {
    await using ends = await place.open();
    await ends.far.send(HALF);
    await ends.local.reader.peek(HALF.length);
    return [await rejection(ends.local.reader.readLine({ timeout: 1 }))];
  },
  async "a line that is written to who has gone"(place) {
    await using ends = await place.open();
    ends.local.abort();
    return [await rejection(ends.local.writer.write(HALF)), (await ends.local.closed).error!];
  },
};

for (const place of places) {
  for (const [what, cut] of Object.entries(CUTS)) {
    test(`R24: A password in ${what} is in no log, over ${place.name}`, async () => {
      for (const error of await cut(place)) assertSilent(error);
    });
  }

  test(`R24: A password that waits to be read or sent is not printed with the connection, over ${place.name}`, async () => {
    await using ends = await place.open();
    await ends.far.send(HALF);
    await ends.local.reader.peek(HALF.length);
    void ends.local.writer.write(HALF);
    const forms = [inspect(ends.local, { depth: 9, showHidden: true }), JSON.stringify(ends.local)];
    for (const form of forms) {
      assert.ok(!form.includes(PASSWORD.slice(0, 12)) && !/99,\s*111,\s*114|63 6f 72/.test(form));
    }
  });
}
