/** The rows of the table that write. */
import assert from "node:assert/strict";
import { rejection } from "../raw_peers.ts";
import { expectError, expectPending, text } from "./expect.ts";
import type { Row } from "./reads.ts";

function write(data: string): Row {
  return async (subject, promised) => {
    await subject.enter();
    const { local } = subject;
    const accepted = (): number => local.bytesWritten + local.writer.unsentBytes;
    const before = accepted();
    const pending = local.writer.write(data);
    if (promised === "accepted") {
      await pending;
      assert.equal(accepted(), before + data.length);
    } else {
      if (promised === "TypeError") assert.match(String(await rejection(pending)), /^TypeError: .*closeWrite\(\)/);
      else await expectError(subject, promised, "write", pending);
      assert.equal(accepted(), before);
    }
  };
}

/** `drain` or `flush` behind more than the far end takes unread. */
function behindClog(method: "drain" | "flush"): Row {
  return async (subject, promised) => {
    subject.clog();
    await subject.enter({ clogged: true });
    const pending = subject.local.writer[method]();
    if (promised !== "waits") return await expectError(subject, promised, "write", pending);
    await expectPending(pending);
    const receiving = subject.far.received();
    await pending;
    if (method === "flush") assert.equal(subject.local.writer.unsentBytes, 0);
    subject.local.abort();
    await receiving;
  };
}

function unclogged(method: "drain" | "flush"): Row {
  return async (subject, promised) => {
    await subject.enter();
    const pending = subject.local.writer[method]();
    if (promised === "resolves") await pending;
    else await expectError(subject, promised, "write", pending);
  };
}

const closeWrite: Row = async (subject, promised) => {
  const { local, far } = subject;
  void local.writer.write("tail");
  await subject.enter();
  const pending = local.writer.closeWrite();
  if (promised.startsWith("E:")) return await expectError(subject, promised, "closeWrite", pending);
  if (promised === "same promise") assert.equal(pending, subject.halfClosing);
  await pending;
  const { bytes, ended } = await far.received();
  assert.deepEqual([text(bytes), ended], ["tail", true]);
  if (promised.endsWith("ended")) assert.equal((await local.closed).clean, true);
};

export const writes: Record<string, Row> = {
  "write": write("data"),
  "write, empty": write(""),
  "drain, the peer does not read": behindClog("drain"),
  "flush, the peer does not read": behindClog("flush"),
  "drain, nothing waits": unclogged("drain"),
  "flush, nothing waits": unclogged("flush"),
  "closeWrite": closeWrite,
};
