/** What holds for every page: guides are short, and no link leads nowhere. Runs under Deno only: it reads the sources. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FrameReader } from "@hawser/net/codecs";
import { connectionPair } from "@hawser/net/testing";
import { test } from "./harness.ts";

const MAX_GUIDE_LINES = 80;

/** Pages to look something up in, not to read through. */
const REFERENCES = new Set(["errors.md", "error-matrix.md", "findings.md"]);

/** What is made or fetched, and not ours. */
const NOT_OURS = new Set(["npm", "node_modules", "coverage", "reference", ".git"]);

const root = fileURLToPath(new URL("../", import.meta.url));

function pages(folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : pages(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

/** The anchors of a page, as GitHub makes them of its headings. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-")
  );
}

/** Links of a page that lead to no file of ours, or to no heading of it. */
function deadLinks(page: string, text: string): string[] {
  const prose = text.replaceAll(/^ *```[^]*?^ *```/gm, "").replaceAll(/`[^`\n]*`/g, "");
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  return links.filter((link) => !/^[a-z]+:/.test(link)).filter((link) => {
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : join(dirname(page), path);
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchors(readFileSync(join(root, target), "utf8")).includes(anchor);
  });
}

/** Files of ours that a page names, in the words of ARCHITECTURE.md, and that are not there. */
function missingFiles(text: string): string[] {
  const named = [...text.matchAll(/`((?:lib|tests|examples|docs|bench|scripts|interop|runtime)\/[\w./-]+)`/g)];
  return named.map(([, path]) => path!).filter((path) =>
    ![path, `lib/${path}`].some((place) => existsSync(join(root, place)))
  );
}

/** Members of a connection and its halves that a page names, as `writer.flush()`, and that they do not have. */
function missingMembers(text: string, owners: Record<string, object[]>): string[] {
  const named = [...text.matchAll(/\b(connection|reader|writer)\.(\w+)/g)];
  return named.filter(([, owner, member]) => !owners[owner!]!.some((one) => member! in one)).map(([words]) => words);
}

test(`docs/: a guide has at most ${MAX_GUIDE_LINES} lines`, () => {
  const guides = pages("docs").filter((path) => !REFERENCES.has(basename(path)));
  assert.ok(guides.length >= 9);
  const long = guides.map((path) => `${path}: ${readFileSync(join(root, path), "utf8").trimEnd().split("\n").length}`)
    .filter((line) => Number(line.split(": ")[1]) > MAX_GUIDE_LINES);
  assert.deepEqual(long, []);
});

test("pages: no relative link leads nowhere", () => {
  const all = pages();
  assert.ok(all.includes("README.md") && all.length >= 15);
  const dead = all.flatMap((page) =>
    deadLinks(page, readFileSync(join(root, page), "utf8")).map((link) => `${page}: ${link}`)
  );
  assert.deepEqual(dead, []);
});

test("pages: README.md lists every example", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const examples = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".ts"));
  assert.ok(examples.length >= 15);
  assert.deepEqual(examples.filter((name) => !readme.includes(`](examples/${name})`)), []);
});

test("pages: a link to a missing file and one to a missing heading are found", () => {
  const text = "[a](LICENSE) [b](gone.md) [c](#hawser) [d](#there) [e](https://example.com) `[f](code.md)`";
  assert.deepEqual(deadLinks("README.md", text), ["gone.md", "#there"]);
});

test("pages: no page names a file of ours that is not there", () => {
  const missing = pages().filter((page) => page !== "CHANGELOG.md").flatMap((page) =>
    missingFiles(readFileSync(join(root, page), "utf8")).map((path) => `${page}: ${path}`)
  );
  assert.deepEqual(missing, []);
  assert.deepEqual(missingFiles("`lib/gone.ts` and `runtime/deno/conn.ts`"), ["lib/gone.ts"]);
});

test("pages: no page names a member of a connection, a reader or a writer that it does not have", async () => {
  await using pair = connectionPair();
  const connection = pair.local;
  // Codecs call theirs `reader`, too.
  const reader = [connection.reader, FrameReader.prototype];
  const owners = { connection: [connection], reader, writer: [connection.writer] };
  // The first column of a table and comments may be about somebody else's readers and writers.
  const ours = (text: string): string => text.replaceAll(/^\| [^|]*\|/gm, "").replaceAll(/\/\/ .*$/gm, "");
  const missing = ["README.md", ...pages("docs")].flatMap((page) =>
    missingMembers(ours(readFileSync(join(root, page), "utf8")), owners).map((words) => `${page}: ${words}`)
  );
  assert.deepEqual(missing, []);
  assert.deepEqual(missingMembers("`writer.end()`, `await writer.flush()`", owners), ["writer.end"]);
});
