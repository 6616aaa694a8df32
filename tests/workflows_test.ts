/** The workflows: only GitHub runs them, so here is looked at what would be found out too late. Under Deno only. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { parse } from "@std/yaml/parse";
import { test } from "./harness.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
}

interface Job {
  readonly uses?: string;
  readonly needs?: string;
  readonly permissions?: Record<string, string>;
  readonly strategy?: { readonly matrix: { readonly os: string[] } };
  readonly steps?: Step[];
}

interface Workflow {
  readonly on: Record<string, unknown>;
  readonly jobs: Record<string, Job>;
}

const root = new URL("../", import.meta.url);
const folder = new URL(".github/workflows/", root);
const read = (path: string): Promise<string> => readFile(new URL(path, root), "utf8");

async function workflow(name: string): Promise<Workflow> {
  return parse(await readFile(new URL(name, folder), "utf8")) as Workflow;
}

/** Every step of every workflow. */
async function allSteps(): Promise<Step[]> {
  const names = await readdir(folder);
  assert.ok(names.length >= 2, `${names}`);
  const workflows = await Promise.all(names.map(workflow));
  return workflows.flatMap(({ jobs }) => Object.values(jobs).flatMap(({ steps }) => steps ?? []));
}

test("workflows: every deno task that a workflow or a page names exists", async () => {
  const { tasks } = JSON.parse(await read("deno.json"));
  const pages = await Promise.all(["README.md", "CONTRIBUTING.md", ".ci/run", "scripts/ok.ts"].map(read));
  const commands = [...pages, ...(await allSteps()).map(({ run }) => run ?? "")].join("\n");
  const named = [...commands.matchAll(/deno(?:@[\d.]+)? task ([a-z][\w:]*)/g)].map(([, name]) => name!);
  assert.ok(named.includes("test:memory"), `${named}`);
  assert.deepEqual(named.filter((name) => !(name in tasks)), []);
});

test("workflows: the pinned Deno is the same everywhere", async () => {
  const [, pinned] = /^DENO_VERSION=(.*)$/m.exec(await read(".ci/run"))!;
  const installed = (await allSteps()).filter(({ uses }) => uses?.startsWith("denoland/setup-deno"));
  assert.ok(installed.length >= 2);
  for (const step of installed) assert.equal(step.with?.["deno-version"], pinned);
  for (const page of ["README.md", "CONTRIBUTING.md"]) {
    const named = [...(await read(page)).matchAll(/deno@([\d.]+\d)/g)].map(([, version]) => version);
    assert.ok(named.length > 0, page);
    assert.deepEqual([...new Set(named)], [pinned], page);
  }
});

test("workflows: every action is pinned to a version", async () => {
  for (const { uses } of await allSteps()) if (uses) assert.match(uses, /@(?:v\d+|[0-9a-f]{40})$/);
});

test("workflows: three systems check, and Linux runs everything", async () => {
  const { jobs } = await workflow("ci.yml");
  assert.ok(jobs.linux?.steps?.some(({ run }) => run === ".ci/run"));
  assert.deepEqual(jobs.others?.strategy?.matrix.os, ["macos-latest", "windows-latest"]);
});

test("workflows: a tag is published to JSR and npm with provenance, after all checks", async () => {
  const { on, jobs } = await workflow("release.yml");
  assert.deepEqual(on, { push: { tags: ["v*"] } });
  assert.equal(jobs.checks?.uses, "./.github/workflows/ci.yml");
  assert.ok("workflow_call" in (await workflow("ci.yml")).on);
  const { needs, permissions, steps } = jobs.publish!;
  assert.equal(needs, "checks");
  assert.equal(permissions?.["id-token"], "write");
  const commands = steps!.map(({ run }) => run);
  assert.ok(commands.includes("deno publish"));
  assert.ok(commands.some((run) => run?.startsWith("npm publish ./npm --provenance")));
  assert.ok(commands.some((run) => run?.includes("$GITHUB_REF_NAME")), "the tag is compared with the version");
});
