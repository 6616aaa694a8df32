/**
 * The reference: everything exported has an example that proves something. As `deno task docs` writes it, in a real
 * browser: it can be searched, examples are shown, and no page complains. Runs under Deno only.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Browser, launch, type Page } from "puppeteer-core";
import { skipUnless, test } from "./harness.ts";

/** The first is Debian's name for the package and the program; whoever has one of the others needs no package. */
const BROWSERS = ["chromium-headless-shell", "chromium", "google-chrome"];

const root = new URL("../", import.meta.url);

function findBrowser(): string | undefined {
  const { stdout } = spawnSync("which", BROWSERS, { encoding: "utf8" });
  return stdout?.split("\n")[0] || undefined;
}

/** What the pages say on the console, throw, or look for in vain, as it comes. */
function complaintsOf(page: Page): string[] {
  const heard: string[] = [];
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) heard.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => heard.push(`thrown: ${error}`));
  page.on("requestfailed", (request) => heard.push(`not found: ${request.url()}`));
  return heard;
}

/** What a reader sees. */
async function textOf(page: Page, selector: string): Promise<string> {
  return await page.$eval(selector, (element) => (element as unknown as { innerText: string }).innerText);
}

/** Types a word and follows the first thing that is found. */
async function search(page: Page, word: string): Promise<void> {
  await page.type("#searchbar", word);
  const first = await page.waitForSelector("#searchResults a");
  await Promise.all([
    page.waitForNavigation(),
    first!.evaluate((link) => (link as unknown as { click(): void }).click()),
  ]);
}

/** What `deno doc --json` says of one declaration, as far as it is asked here. */
interface Declaration {
  readonly kind: string;
  readonly jsDoc?: {
    readonly doc?: string;
    readonly tags?: readonly { readonly kind: string; readonly doc?: string }[];
  };
}

/** Every exported symbol with its declarations; an overloaded function has several. */
function exported(): { name: string; declarations: Declaration[] }[] {
  const entries = ["mod.ts", "lib/codecs/mod.ts", "lib/testing/mod.ts"];
  const text = execFileSync("deno", ["doc", "--json", ...entries], { cwd: fileURLToPath(root), maxBuffer: 2 ** 26 });
  const { nodes } = JSON.parse(text.toString()) as {
    nodes: Record<string, { symbols: { name: string; declarations: Declaration[] }[] }>;
  };
  return Object.values(nodes).flatMap(({ symbols }) => symbols);
}

/** Every text of a declaration and of its members. */
function docsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "doc" && typeof inner === "string" ? [inner] : docsIn(inner)
  );
}

/** Conformance checks and the explorer are assertions themselves. */
const PROOF = /\b(assert\b|runChecks\(|exploreAborts\()/;

test("the reference: every exported function and class has an example with an assertion", () => {
  const symbols = exported();
  assert.ok(symbols.length > 100);
  const without = symbols.filter(({ declarations }) =>
    declarations.some(({ kind }) => kind === "function" || kind === "class") &&
    !declarations.flatMap(({ jsDoc }) => jsDoc?.tags ?? []).some(({ kind, doc = "" }) =>
      kind === "example" && PROOF.test(doc)
    )
  );
  assert.deepEqual(without.map(({ name }) => name), []);
});

test("the reference: no tag is left in the prose", () => {
  // A tag counts at the start of a line only; elsewhere readers see it as it was written.
  const prose = exported().flatMap(({ name, declarations }) => docsIn(declarations).map((doc) => `${name}: ${doc}`));
  const left = prose.map((text) => text.replaceAll(/```[^]*?```/g, "")).filter((text) =>
    /@(param|returns?|throws|default|internal|example)\b/.test(text)
  );
  assert.ok(prose.length > 500);
  assert.deepEqual(left, []);
});

const path = findBrowser();

test(
  "deno task docs: the reference can be searched, shows its examples, and no page complains",
  skipUnless(path !== undefined, `there is none of ${BROWSERS.join(", ")}`),
  async () => {
    execFileSync("deno", ["task", "docs"], { cwd: fileURLToPath(root), stdio: "ignore" });
    // The sandbox needs rights that root in a container does not have; the pages are our own.
    const browser: Browser = await launch({ executablePath: path!, args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      const complaints = complaintsOf(page);
      await page.goto(new URL("reference/index.html", root).href);
      assert.match(await textOf(page, "body"), /Connections that hold, or tell you exactly why they did not/);
      await search(page, "readExactly");
      assert.match(decodeURI(page.url()), /\/Reader\.prototype\.readExactly\.html$/);
      assert.match(await textOf(page, "pre"), /await pair\.local\.reader\.readExactly\(/);
      for (const entry of ["codecs", "testing"]) await page.goto(new URL(`reference/${entry}/index.html`, root).href);
      assert.deepEqual(complaints, []);
    } finally {
      await browser.close();
    }
  },
);
