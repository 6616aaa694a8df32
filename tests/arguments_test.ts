import assert from "node:assert/strict";
import * as check from "../lib/arguments.ts";
import { test } from "./harness.ts";

type Refusal = "TypeError" | "RangeError";

/** What each check takes and refuses; `shown` is how a message names a value that has no name of its own. */
interface Case {
  readonly name: string;
  readonly run: (value: unknown) => void;
  readonly takes: readonly unknown[];
  readonly refuses: readonly (readonly [value: unknown, refusal: Refusal, shown: string])[];
}

const CASES: Case[] = [
  {
    name: "checkString()",
    run: (value) => check.checkString("path", value),
    takes: ["", "a"],
    refuses: [[undefined, "TypeError", "undefined"], [1, "TypeError", "1"], [null, "TypeError", "null"]],
  },
  {
    name: "checkBoolean()",
    run: (value) => check.checkBoolean("noDelay", value),
    takes: [undefined, true, false],
    refuses: [[0, "TypeError", "0"], ["true", "TypeError", '"true"'], [null, "TypeError", "null"]],
  },
  {
    name: "checkFunction()",
    run: (value) => check.checkFunction("wrap", value),
    takes: [undefined, () => {}],
    refuses: [[{}, "TypeError", "an object"], ["f", "TypeError", '"f"']],
  },
  {
    name: "checkOptions()",
    run: (value) => check.checkOptions(value),
    takes: [undefined, {}, Object.create(null)],
    refuses: [[null, "TypeError", "null"], ["x", "TypeError", '"x"'], [1_000, "TypeError", "1000"]],
  },
  {
    name: "checkPort() of a dial",
    run: (value) => check.checkPort(value, 1),
    takes: [1, 80, 65_535],
    refuses: [
      [0, "RangeError", "0"],
      [65_536, "RangeError", "65536"],
      [1.5, "RangeError", "1.5"],
      [NaN, "RangeError", "NaN"],
      ["80", "TypeError", '"80"'],
      [undefined, "TypeError", "undefined"],
    ],
  },
  {
    name: "checkPort() of a listener",
    run: (value) => check.checkPort(value, 0),
    takes: [0, 65_535],
    refuses: [[-1, "RangeError", "-1"], [null, "TypeError", "null"]],
  },
  {
    name: "checkTimeout()",
    run: (value) => check.checkTimeout("timeout", value),
    takes: [undefined, 1, 0.5, 2 ** 31, Infinity],
    refuses: [
      [0, "RangeError", "0"],
      [-1, "RangeError", "-1"],
      [NaN, "RangeError", "NaN"],
      [-Infinity, "RangeError", "-Infinity"],
      ["1", "TypeError", '"1"'],
      [null, "TypeError", "null"],
      [1n, "TypeError", "1"],
    ],
  },
  {
    name: "checkBytes()",
    run: (value) => check.checkBytes("limit", value),
    takes: [1, 2 ** 53 - 1, Infinity],
    refuses: [
      [0, "RangeError", "0"],
      [-1, "RangeError", "-1"],
      [NaN, "RangeError", "NaN"],
      [2 ** 53, "RangeError", "9007199254740992"],
      [1.5, "TypeError", "1.5"],
      ["1", "TypeError", '"1"'],
      [undefined, "TypeError", "undefined"],
    ],
  },
  {
    name: "checkCount()",
    run: (value) => check.checkCount("bytes", value),
    takes: [0, 1, 2 ** 53 - 1],
    refuses: [
      [-1, "RangeError", "-1"],
      [Infinity, "RangeError", "Infinity"],
      [0.5, "TypeError", "0.5"],
      [[1], "TypeError", "an array"],
    ],
  },
  {
    name: "checkSignal()",
    run: (value) => check.checkSignal(value),
    takes: [undefined, new AbortController().signal, AbortSignal.abort()],
    refuses: [
      [null, "TypeError", "null"],
      [new AbortController(), "TypeError", "an object"],
      [{ aborted: false }, "TypeError", "an object"],
      ["signal", "TypeError", '"signal"'],
    ],
  },
  {
    name: "checkChoice()",
    run: (value) => check.checkChoice("encoding", value, ["utf-8", "latin1"]),
    takes: [undefined, "utf-8", "latin1"],
    refuses: [["utf8", "TypeError", '"utf8"'], [null, "TypeError", "null"], [1, "TypeError", "1"]],
  },
];

for (const { name, run, takes, refuses } of CASES) {
  test(`${name} takes what is right`, () => {
    for (const value of takes) run(value);
  });

  test(`${name} refuses what is wrong, naming the value`, () => {
    for (const [value, refusal, shown] of refuses) {
      assert.throws(() => run(value), (error: Error) => {
        assert.equal(error.name, refusal, error.message);
        assert.ok(error.message.startsWith("Cannot use "), error.message);
        assert.ok(error.message.includes(` ${shown}: `), error.message);
        return true;
      });
    }
  });
}

test("checkPort() gives the port back", () => {
  assert.equal(check.checkPort(443, 1), 443);
});

test("checkChoice() tells what there is to choose from", () => {
  assert.throws(() => check.checkChoice("runtime", "bun", ["auto", "node"]), /"bun": it must be one of "auto", "node"/);
});

test("checks show text from outside as one short printable line", () => {
  assert.throws(() => check.checkTimeout("timeout", `\u001b[2J${"x".repeat(1_000)}`), (error: Error) => {
    assert.match(error.message, /^Cannot use timeout "\\u001b\[2Jx{20,}…": it must be a number$/);
    return true;
  });
});
