import assert from "node:assert/strict";
import { type Address, ConnectionAbortedError, type Transport } from "../mod.ts";
import type { Failure } from "../lib/failure.ts";
import type { Acceptor } from "../lib/platform.ts";
import { type HandshakeOptions, TlsAcceptor } from "../lib/tls_acceptor.ts";
import { test } from "./harness.ts";
import { ManualTransport } from "./manual_transport.ts";
import { rejection, until } from "./raw_peers.ts";

/** Hands out one transport after the other, as fast as it is asked. */
class Endless implements Acceptor {
  readonly address: Address = { transport: "unix", path: "endless" };
  readonly accepted: ManualTransport[] = [];
  readonly calls: string[] = [];
  readonly #limit: number;

  constructor(limit = Infinity) {
    this.#limit = limit;
  }

  accept(): Promise<Transport> {
    if (this.accepted.length >= this.#limit) return new Promise(() => {});
    const transport = new ManualTransport();
    this.accepted.push(transport);
    return Promise.resolve(transport);
  }

  close(): void {
    this.calls.push("close");
  }

  ref(): void {
    this.calls.push("ref");
  }

  unref(): void {
    this.calls.push("unref");
  }
}

/** Handshakes that a test decides. */
class Handshakes {
  readonly pending: { transport: Transport; resolve(): void; reject(error: unknown): void }[] = [];
  readonly failures: Failure[] = [];
  readonly options: HandshakeOptions;

  constructor(options: Partial<HandshakeOptions> = {}) {
    this.options = {
      handshake: (transport) =>
        new Promise((resolve, reject) => {
          this.pending.push({ transport, resolve: () => resolve(transport), reject });
          const { abort } = transport;
          transport.abort = (): void => {
            abort.call(transport);
            reject(new Error("aborted"));
          };
        }),
      timeout: Infinity,
      maxPending: 4,
      onFailure: (failure) => this.failures.push(failure),
      ...options,
    };
  }
}

test("TlsAcceptor.accept() lets nobody wait for a client that says nothing", async () => {
  const shaking = new Handshakes();
  const acceptor = new TlsAcceptor(new Endless(2), shaking.options);
  const accepting = acceptor.accept();
  await until(() => shaking.pending.length === 2, "two handshakes");
  shaking.pending[1]!.resolve();
  assert.equal(await accepting, shaking.pending[1]!.transport);
  acceptor.close();
});

test("TlsAcceptor.accept() has at most maxPending handshakes going on", async () => {
  const inner = new Endless();
  const shaking = new Handshakes({ maxPending: 3 });
  const acceptor = new TlsAcceptor(inner, shaking.options);
  const accepting = rejection(acceptor.accept());
  await until(() => shaking.pending.length === 3, "three handshakes");
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(inner.accepted.length, 3);
  shaking.pending[0]!.reject(new Error("no"));
  await until(() => shaking.pending.length === 4, "the next one");
  acceptor.close();
  assert.equal((await accepting).reason, "closed");
});

test("TL28: TlsAcceptor tells once of a handshake that failed, and goes on", async () => {
  const shaking = new Handshakes();
  const acceptor = new TlsAcceptor(new Endless(2), shaking.options);
  const accepting = acceptor.accept();
  await until(() => shaking.pending.length === 2, "two handshakes");
  shaking.pending[0]!.reject("why");
  shaking.pending[1]!.resolve();
  await accepting;
  assert.deepEqual(shaking.failures.map(({ cause }) => cause), ["why"]);
  acceptor.close();
});

test("TlsAcceptor resets a client that has not shaken hands in time, and says so", async () => {
  const inner = new Endless(1);
  const shaking = new Handshakes({ timeout: 20 });
  const acceptor = new TlsAcceptor(inner, shaking.options);
  const accepting = rejection(acceptor.accept());
  await until(() => shaking.failures.length === 1, "the failure");
  assert.deepEqual(inner.accepted[0]!.calls, ["abort"]);
  assert.deepEqual(shaking.failures[0]!.via, { option: "handshakeTimeout", value: 20 });
  acceptor.close();
  await accepting;
});

test("TlsAcceptor says of a client that was being turned away when the time had passed why it was", async () => {
  const cause = new Error("the certificate has expired");
  const shaking = new Handshakes({
    timeout: 10,
    handshake: (transport) =>
      new Promise((_, reject) => {
        // Its handshake had failed before; only letting go took as long.
        transport.abort = () =>
          reject(new ConnectionAbortedError({ reason: "tls", initiator: "peer", operation: "read", cause }));
      }),
  });
  const acceptor = new TlsAcceptor(new Endless(1), shaking.options);
  const accepting = rejection(acceptor.accept());
  await until(() => shaking.failures.length === 1, "the failure");
  assert.deepEqual([shaking.failures[0]!.reason, shaking.failures[0]!.cause], ["tls", cause]);
  acceptor.close();
  await accepting;
});

test("TlsAcceptor.accept() hands out what was ready before anybody asked", async () => {
  const shaking = new Handshakes();
  const acceptor = new TlsAcceptor(new Endless(2), shaking.options);
  const first = acceptor.accept();
  await until(() => shaking.pending.length === 2, "two handshakes");
  for (const { resolve } of shaking.pending) resolve();
  assert.equal(await first, shaking.pending[0]!.transport);
  assert.equal(await acceptor.accept(), shaking.pending[1]!.transport);
  acceptor.close();
});

test("TlsAcceptor.close() aborts what shakes hands and what is ready, tells of neither, and is idempotent", async () => {
  const inner = new Endless(3);
  const shaking = new Handshakes();
  const acceptor = new TlsAcceptor(inner, shaking.options);
  const first = acceptor.accept();
  await until(() => shaking.pending.length === 3, "three handshakes");
  shaking.pending[0]!.resolve();
  shaking.pending[1]!.resolve();
  await first;
  await new Promise((resolve) => setTimeout(resolve, 0));
  acceptor.close();
  acceptor.close();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(inner.calls, ["close"]);
  assert.deepEqual(inner.accepted.map(({ calls }) => calls), [[], ["abort"], ["abort"]]);
  assert.deepEqual(shaking.failures, []);
  assert.equal((await rejection(acceptor.accept())).reason, "closed");
});

test("TlsAcceptor.accept() rejects with what the inner one rejects with, and the next call may succeed", async () => {
  const inner = new Endless(1);
  const accept = inner.accept.bind(inner);
  let failures = 0;
  inner.accept = () => failures++ === 0 ? Promise.reject(new Error("out of descriptors")) : accept();
  const shaking = new Handshakes();
  const acceptor = new TlsAcceptor(inner, shaking.options);
  assert.equal((await rejection(acceptor.accept())).message, "out of descriptors");
  const accepting = acceptor.accept();
  await until(() => shaking.pending.length === 1, "the handshake");
  shaking.pending[0]!.resolve();
  assert.equal(await accepting, shaking.pending[0]!.transport);
  acceptor.close();
});

test("TlsAcceptor.ref() and unref() are the inner one's", () => {
  const inner = new Endless(0);
  const acceptor = new TlsAcceptor(inner, new Handshakes().options);
  acceptor.unref();
  acceptor.ref();
  assert.deepEqual(inner.calls, ["unref", "ref"]);
});
