/** Checks HE01–HE20 on a virtual clock, with dials that a test has written down. */
import assert from "node:assert/strict";
import type { Address } from "../mod.ts";
import { interleave, race } from "../lib/runtime/node/race.ts";
import { sleep } from "../lib/clock.ts";
import { VirtualTime } from "../lib/testing/explore/virtual_time.ts";
import { useTimeSource } from "../lib/time_source.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";

/** What an address does: after so many seconds, this. */
type Plan = readonly [hostname: string, seconds: number, outcome: "ok" | "error"];

interface Run {
  readonly result: Promise<Awaited<ReturnType<typeof race<Connected>>>>;
  /** When each attempt began, in seconds. */
  readonly starts: Record<string, number>;
  /** What was connected and not let go. */
  readonly open: Set<string>;
  readonly stop: AbortController;
}

class Connected {
  readonly hostname: string;
  readonly #open: Set<string>;

  constructor(hostname: string, open: Set<string>) {
    this.hostname = hostname;
    this.#open = open;
    open.add(hostname);
  }

  abort(): void {
    this.#open.delete(this.hostname);
  }
}

const tcp = (hostname: string): Address => ({ transport: "tcp", hostname, port: 80 });

function start(time: VirtualTime, plans: readonly Plan[], seconds?: number): Run {
  const starts: Record<string, number> = {};
  const open = new Set<string>();
  const stop = new AbortController();
  const dial = async (address: Address, signal: AbortSignal): Promise<Connected> => {
    const { hostname } = address as { hostname: string };
    starts[hostname] = time.now() / 1_000;
    const [, after, outcome] = plans.find(([name]) => name === hostname)!;
    const wait = sleep(after * 1_000);
    signal.addEventListener("abort", wait.cancel, { once: true });
    await wait.done;
    if (signal.aborted) throw signal.reason;
    if (outcome === "error") throw new Error(`${hostname} failed`);
    return new Connected(hostname, open);
  };
  const delay = seconds === undefined ? undefined : seconds * 1_000;
  const result = race(plans.map(([hostname]) => tcp(hostname)), dial, {
    signal: stop.signal,
    delay,
    isFatal: () => false,
  });
  result.catch(() => {}); // Looked at later.
  return { result, starts, open, stop };
}

/** Lets time pass until the race is decided; when it was, in seconds. */
async function finish(time: VirtualTime, run: Run, until = Infinity): Promise<number> {
  let settled = false;
  void run.result.then(() => settled = true, () => settled = true);
  for (;;) {
    for (let i = 0; i < 50; i++) await Promise.resolve();
    if (settled || time.now() >= until * 1_000 || !time.jump()) return time.now() / 1_000;
  }
}

function timed(name: string, body: (time: VirtualTime) => Promise<void>): void {
  test(name, async () => {
    const time = new VirtualTime();
    const restore = useTimeSource(time);
    try {
      await body(time);
    } finally {
      restore();
    }
  });
}

/** Races the plans; who won, when, and when each began. The losers must be gone. */
async function outcome(time: VirtualTime, plans: readonly Plan[], delay?: number) {
  const run = start(time, plans, delay);
  const at = await finish(time, run);
  const result = await run.result;
  const winner = "winner" in result ? result.winner.hostname : undefined;
  assert.deepEqual([...run.open], winner === undefined ? [] : [winner], "only the winner is open");
  const attempts = "attempts" in result ? result.attempts : undefined;
  return { winner, at: Math.round(at * 1_000) / 1_000, starts: run.starts, attempts };
}

for (const [id, seconds] of [["HE01", 0.123], ["HE02", 100]] as const) {
  timed(`${id}: race() connects to one address when it answers, after ${seconds} s`, async (time) => {
    const { winner, at } = await outcome(time, [["a", seconds, "ok"]]);
    assert.deepEqual([winner, at], ["a", seconds]);
  });
}

for (const [id, seconds] of [["HE03", 0.123], ["HE04", 100]] as const) {
  timed(`${id}: race() fails with one address when it fails, after ${seconds} s`, async (time) => {
    const { winner, at, attempts } = await outcome(time, [["a", seconds, "error"]]);
    assert.deepEqual([winner, at, attempts?.length], [undefined, seconds, 1]);
    assert.deepEqual([attempts?.[0]?.startedAt, attempts?.[0]?.elapsed], [0, seconds * 1_000]);
  });
}

timed("HE05: race() ends with a fatal error, and leaves nothing open", async (time) => {
  const fatal = new Error("no permission");
  const open = new Set<string>();
  const dial = async (address: Address, signal: AbortSignal): Promise<Connected> => {
    const { hostname } = address as { hostname: string };
    const wait = sleep(1_000);
    signal.addEventListener("abort", wait.cancel, { once: true });
    if (hostname === "b") throw fatal;
    await wait.done;
    return new Connected(hostname, open);
  };
  const addresses = [tcp("a"), tcp("b")];
  const racing = rejection(
    race(addresses, dial, { signal: new AbortController().signal, isFatal: (error) => error === fatal }),
  );
  for (let i = 0; i < 50; i++) await Promise.resolve();
  time.jump();
  assert.equal(await racing, fatal);
  for (let i = 0; i < 50; i++) await Promise.resolve();
  assert.deepEqual([...open], []);
});

timed(
  "HE06, HE09: race() starts the next attempt after 250 ms by default, and the first to answer wins",
  async (time) => {
    const { winner, at, starts } = await outcome(time, [["a", 1, "ok"], ["b", 1, "ok"], ["c", 0.2, "ok"]]);
    assert.deepEqual([winner, at, starts], ["c", 0.7, { a: 0, b: 0.25, c: 0.5 }]);
  },
);

timed("HE07: race() does not start what is not needed any more", async (time) => {
  const { winner, at, starts } = await outcome(time, [["a", 1, "ok"], ["b", 0.1, "ok"], ["c", 0.2, "ok"]]);
  assert.deepEqual([winner, at, starts], ["b", 0.35, { a: 0, b: 0.25 }]);
});

timed("HE08: race() takes another delay", async (time) => {
  const { winner, at, starts } = await outcome(time, [["a", 1, "ok"], ["b", 1, "ok"], ["c", 0.2, "ok"]], 0.45);
  assert.deepEqual([winner, at, starts], ["a", 1, { a: 0, b: 0.45, c: 0.9 }]);
});

timed("HE10: race() starts the next attempt at once when one has failed", async (time) => {
  const plans: Plan[] = [["a", 0.1, "error"], ["b", 0.2, "error"], ["c", 10, "ok"], ["d", 0.25, "ok"]];
  const { winner, at, starts } = await outcome(time, plans);
  assert.equal(winner, "d");
  assert.equal(at, 0.8);
  assert.deepEqual(Object.values(starts).map((start) => Math.round(start * 1_000)), [0, 100, 300, 550]);
});

timed("HE11: race() fails when all have, with every attempt", async (time) => {
  const plans: Plan[] = [["a", 0.1, "error"], ["b", 0.2, "error"], ["c", 10, "error"], ["d", 0.25, "error"]];
  const { winner, at, attempts } = await outcome(time, plans);
  assert.deepEqual([winner, at, attempts?.length], [undefined, 10.3, 4]);
});

timed("HE12: race() takes any of those that answer at the same instant, and lets the others go", async (time) => {
  const { winner, at } = await outcome(time, [["a", 10.5, "ok"], ["b", 9.5, "ok"], ["c", 8.5, "ok"]], 1);
  assert.ok(["a", "b", "c"].includes(winner!));
  assert.equal(at, 10.5);
});

timed("HE13: race() tries the other family second", async (time) => {
  const plans: Plan[] = [["1.1.1.1", 10, "error"], ["2.2.2.2", 0.3, "ok"], ["::3", 0.5, "ok"]];
  const { winner, at, starts } = await outcome(time, plans, 1);
  assert.deepEqual([winner, at, starts], ["::3", 1.5, { "1.1.1.1": 0, "::3": 1 }]);
});

for (const [id, broken, working] of [["HE14", "1.1.1.1", "::2"], ["HE15", "::1", "2.2.2.2"]] as const) {
  timed(`${id}: race() passes at once over a family that this machine does not have (${broken})`, async (time) => {
    const { winner, at } = await outcome(time, [[broken, 0, "error"], [working, 0.3, "ok"]]);
    assert.deepEqual([winner, at], [working, 0.3]);
  });
}

test("HE16: race() of no address at all has no attempt", async () => {
  const { signal } = new AbortController();
  const dial = (): Promise<Connected> => Promise.reject(new Error("nobody to dial"));
  assert.deepEqual(await race([], dial, { signal, isFatal: () => false }), { attempts: [] });
});

timed("HE17: race() is given up by its signal, and leaves nothing open", async (time) => {
  const run = start(time, [["a", 10, "ok"], ["b", 10, "ok"], ["c", 10, "ok"], ["d", 10, "ok"]]);
  const cancel = sleep(5_000);
  void cancel.done.then(() => run.stop.abort("enough"));
  const at = await finish(time, run, 20);
  assert.equal(at, 5);
  assert.equal(await rejection(run.result), "enough");
  while (time.jump()) for (let i = 0; i < 20; i++) await Promise.resolve();
  assert.deepEqual([...run.open], []);
});

test("race() with an aborted signal dials nobody", async () => {
  let dials = 0;
  const dial = (): Promise<Connected> => Promise.reject(dials++);
  const options = { signal: AbortSignal.abort("before"), isFatal: () => false };
  assert.equal(await rejection(race([tcp("a")], dial, options)), "before");
  assert.equal(dials, 0);
});

test("HE18: interleave() moves the first of the other family to the second place", () => {
  const names = (hostnames: string[]): string[] =>
    interleave(hostnames.map(tcp)).map((address) => (address as { hostname: string }).hostname);
  assert.deepEqual(names(["1.1.1.1", "2.2.2.2", "::3", "::4"]), ["1.1.1.1", "::3", "2.2.2.2", "::4"]);
  assert.deepEqual(names(["::1", "::2", "3.3.3.3"]), ["::1", "3.3.3.3", "::2"]);
  assert.deepEqual(names(["::1", "2.2.2.2", "::3"]), ["::1", "2.2.2.2", "::3"]);
  assert.deepEqual(names(["1.1.1.1", "2.2.2.2"]), ["1.1.1.1", "2.2.2.2"]);
  assert.deepEqual(names([]), []);
});
