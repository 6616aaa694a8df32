/** Holds `docs/checks.md` to what it says: every check has a test with its id, or a row there. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "./harness.ts";

const root = new URL("../", import.meta.url);

/** How many of each there are. */
const FAMILIES = { TS: 17, HE: 20, TL: 32, K: 34 };

// The compiled package has no documents.
if (existsSync(new URL("docs/checks.md", root))) {
  const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
  const rows = new Map(
    [...read("docs/checks.md").matchAll(/^\| ([A-Z]+\d\d) +\| [^|]+ \| ([^|]+?) +\|$/gm)].map((
      row,
    ) => [row[1]!, row[2]!]),
  );
  const sources = readdirSync(fileURLToPath(new URL("tests/", root)), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.startsWith("mutants") && path !== "checks_test.ts");
  const inTests = new Set(sources.flatMap((path) => read(`tests/${path}`).match(/\b(?:TS|HE|TL|K)\d\d\b/g) ?? []));

  test("docs/checks.md has a row for each check that no test names", () => {
    const ids = Object.entries(FAMILIES).flatMap(([family, count]) =>
      Array.from({ length: count }, (_, i) => family + String(i + 1).padStart(2, "0"))
    );
    assert.deepEqual(ids.filter((id) => !inTests.has(id) && !rows.has(id)), []);
    assert.deepEqual([...rows.keys()].filter((id) => !ids.includes(id)), []);
  });

  for (const [id, where] of rows) {
    if (where.startsWith("does not apply: ")) continue;
    test(`docs/checks.md says where ${id} is`, () => {
      const [, path, name] = /^`([^`]+)`: ([^;]+)/.exec(where) ?? [];
      assert.ok(path !== undefined, `${id} names no file: ${where}`);
      assert.ok(read(path).includes(name!), `${path} has no "${name}"`);
    });
  }
}
