/**
 * `borrow: true` lends memory until the next read, whatever else goes on meanwhile.
 */
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { type Address, Connection, type Transport } from "../mod.ts";
import { test } from "./harness.ts";

const ADDRESS: Address = { transport: "unix", path: "held" };

/** Reads are answered by hand, writes fail: the peer said something and is gone. */
class HeldTransport implements Transport {
  readonly localAddress: Address = ADDRESS;
  readonly remoteAddress: Address = ADDRESS;
  #into: Uint8Array | undefined;
  #answer: ((bytes: number | null) => void) | undefined;

  read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    this.#into = into;
    return new Promise((resolve) => this.#answer = resolve);
  }

  /** Answers the read under way, and lets everybody hear of it. */
  async deliver(text: string): Promise<void> {
    assert.ok(this.#into !== undefined, "nobody reads");
    this.#answer?.(new TextEncoder().encodeInto(text, this.#into).written);
    await turn();
  }

  end(): void {
    this.#answer?.(null);
  }

  write(): Promise<void> {
    return Promise.reject(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  release(): void {}

  abort(): void {}
}

test("Reader.read() with borrow lends memory that reading on after a failed write does not overwrite", async () => {
  const transport = new HeldTransport();
  const connection = new Connection(transport);
  await connection.writer.write("x");
  await assert.rejects(connection.writer.flush(), { reason: "reset" });
  // More than an idle block holds: from now on one large area is filled again and again.
  await transport.deliver("1".repeat(1_024));
  await connection.reader.read();
  await transport.deliver("lent");
  const lent = await connection.reader.read({ borrow: true });
  await transport.deliver("2222");
  await transport.deliver("3333");
  assert.equal(new TextDecoder().decode(lent!), "lent");
  assert.equal(new TextDecoder().decode((await connection.reader.read())!), "22223333");
  transport.end();
  await connection.closed;
});
