/** The comparison at the head of README.md is what its programs say, and their text is on the page. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "./harness.ts";
import { commandOf, runProgram } from "./program.ts";
import { onDeno } from "./raw_peers.ts";

const page = (await readFile(new URL("../README.md", import.meta.url), "utf8")).replaceAll("\r\n", "\n");

/** Ports and times are different each time, and with them where a line ends. */
function steady(text: string): string {
  return text.replaceAll(/(?<=127\.0\.0\.1:)\d+/g, "PORT").replaceAll(/(?<=after\s+)\d+(?=\s+ms)/g, "TIME")
    .replaceAll(/\s+/g, " ").trim();
}

/** The block behind the line that names the command. */
function outputOnPage(): string {
  const [, output] = /`deno run --allow-net examples\/naive\/main\.ts`[^]*?```text\n([^]*?)```/.exec(page)!;
  return output!;
}

test("examples/naive: ours returns the report or says what was wrong, on every day of the server", async () => {
  const { code, stdout, stderr } = await runProgram(await commandOf("examples/naive/main.ts"));
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(stdout.match(/^ {2}ours {3}./gm), ["  ours   ✓", "  ours   ✓", "  ours   ✓"]);
  // On other runtimes the naive one may fare otherwise, and the page does not speak of them.
  if (onDeno) assert.equal(steady(outputOnPage()), steady(stdout));
});

if (onDeno) {
  for (const name of ["naive", "ours"]) {
    test(`examples/naive/${name}.ts is on the page as it is`, async () => {
      const source = await readFile(new URL(`../examples/naive/${name}.ts`, import.meta.url), "utf8");
      assert.ok(page.includes(`\n${source}\`\`\``), `README.md does not show examples/naive/${name}.ts as it is`);
    });
  }
}
