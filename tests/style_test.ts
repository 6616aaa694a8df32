/**
 * The rules of ARCHITECTURE.md and CONTRIBUTING.md that a program can check. Runs under Deno only: it reads the
 * sources.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type ts from "typescript";
import { test } from "./harness.ts";
import { mutants } from "./mutants.ts";
import * as rules from "./style_rules.ts";
import { importsOf, isPureTypes, parse, type Rule } from "./style_rules.ts";

/**
 * Imports go down or stay on their layer, never up. A folder stands for every file in it. Each file of lib/ must be
 * listed.
 */
const LAYERS: string[][] = [
  // 0: vocabulary
  // deno-fmt-ignore
  [
    "transport", "errors", "reasons", "failure", "describe",
    "printable", "retriable", "arguments", "connection_options", "address", "close_outcome", "connection_events", "connection_stats",
    "time_source", "clock", "diagnostics", "abort_hub", "observed_promise", "change", "platform",
    "inspection", "registry", "tls_options", "tls_words", "arrivals",
  ],
  // 1: platforms
  ["runtime/"],
  // 2: byte engine
  // deno-fmt-ignore
  [
    "byte_queue", "line_decoder", "read_options", "read_patience", "demand", "last_bytes", "pending_read", "fill_loop", "read_iterator", "reader",
    "slab", "stop", "half_close", "write_queue", "write_options", "writer", "part", "lifetime", "connection_news", "connection_probe", "goodbye", "handle", "web_streams", "web_transport",
    "codec", "copy_out", "frame_demand", "frame_reader", "frame_writer", "line_taker",
  ],
  // 3: objects
  ["connection", "listener", "start_tls", "tls_acceptor", "accept_iterator"],
  // 4: doors
  ["connect", "listen", "adopt", "serve", "relay", "enable_diagnostics"],
  // 5: conveniences
  ["framed", "codecs/", "reconnect", "testing/"],
];
/** The lowest layer that may import `lib/runtime/`: only the doors see both sides. */
const DOORS = 4;

/** Files whose test does not have their name: where to look instead. */
const TESTED_IN: Record<string, string> = {
  "lib/stop.ts": "read_iterator_test.ts",
  "lib/runtime/mod.ts": "runtime_test.ts",
  "lib/testing/proxied_connection.ts": "fault_proxy_test.ts",
  "lib/testing/stack_layer.ts": "fault_stack_test.ts",
  "lib/goodbye.ts": "close_test.ts",
  "lib/last_bytes.ts": "lifetime_test.ts",
  "lib/pending_read.ts": "fill_loop_test.ts",
  "lib/part.ts": "lifetime_test.ts",
  "lib/transport.ts": "write_queue_test.ts",
  "lib/connection_news.ts": "diagnostics_test.ts",
  "lib/enable_diagnostics.ts": "diagnostics_test.ts",
  "lib/runtime/diagnostics.ts": "diagnostics_test.ts",
  "lib/read_patience.ts": "timeouts_test.ts",
  "lib/runtime/node/tls_info.ts": "node_tls_test.ts",
  "lib/runtime/node/tls_outbound.ts": "node_tls_transport_test.ts",
  "lib/testing/pipe.ts": "memory_pair_test.ts",
  "lib/testing/codec_checks/bounded.ts": "check_codec_test.ts",
  "lib/testing/codec_checks/chunking.ts": "check_codec_test.ts",
  "lib/testing/codec_checks/endings.ts": "check_codec_test.ts",
  "lib/testing/codec_checks/frames.ts": "check_codec_test.ts",
  "lib/testing/codec_checks/pieces.ts": "check_codec_test.ts",
  "lib/testing/codec_checks/run.ts": "check_codec_test.ts",
  "lib/testing/codec_checks/subject.ts": "check_codec_test.ts",
  "lib/testing/faults/accept_then_silence.ts": "faults_cuts_test.ts",
  "lib/testing/faults/alarm.ts": "faults_pace_test.ts",
  "lib/testing/faults/blackhole.ts": "faults_cuts_test.ts",
  "lib/testing/faults/coalesce.ts": "faults_pace_test.ts",
  "lib/testing/faults/compose.ts": "faults_cuts_test.ts",
  "lib/testing/faults/corrupt_at.ts": "faults_bytes_test.ts",
  "lib/testing/faults/disturb.ts": "faults_cuts_test.ts",
  "lib/testing/faults/drop_at.ts": "faults_bytes_test.ts",
  "lib/testing/faults/drop_tail_at.ts": "faults_cuts_test.ts",
  "lib/testing/faults/duplicate_at.ts": "faults_bytes_test.ts",
  "lib/testing/faults/end_at.ts": "faults_cuts_test.ts",
  "lib/testing/faults/fail_at.ts": "faults_cuts_test.ts",
  "lib/testing/faults/half_close_at.ts": "faults_cuts_test.ts",
  "lib/testing/faults/latency.ts": "faults_pace_test.ts",
  "lib/testing/faults/pause_at.ts": "faults_pace_test.ts",
  "lib/testing/faults/refuse.ts": "faults_cuts_test.ts",
  "lib/testing/faults/reset_at.ts": "faults_cuts_test.ts",
  "lib/testing/faults/short_writes.ts": "faults_pace_test.ts",
  "lib/testing/faults/silent.ts": "faults_cuts_test.ts",
  "lib/testing/faults/slice.ts": "faults_pace_test.ts",
  "lib/testing/faults/slow_close.ts": "faults_pace_test.ts",
  "lib/testing/faults/sometimes.ts": "faults_cuts_test.ts",
  "lib/testing/faults/stall_at.ts": "faults_cuts_test.ts",
  "lib/testing/faults/stretch.ts": "faults_bytes_test.ts",
  "lib/testing/faults/strike.ts": "faults_cuts_test.ts",
  "lib/testing/faults/throttle.ts": "faults_pace_test.ts",
  "lib/testing/faults/read_lane.ts": "faults_faulty_transport_test.ts",
  "lib/testing/faults/write_lane.ts": "faults_faulty_transport_test.ts",
  "lib/testing/explore/damage.ts": "explore_cut_transport_test.ts",
  "lib/testing/explore/pending_call.ts": "explore_cut_transport_test.ts",
  "lib/testing/explore/seam.ts": "explore_cut_transport_test.ts",
  "lib/testing/explore/exploration.ts": "explore_aborts_test.ts",
  "lib/testing/explore/finding.ts": "explore_aborts_test.ts",
  "lib/testing/explore/idle.ts": "explore_aborts_test.ts",
  "lib/testing/explore/judge.ts": "explore_aborts_test.ts",
  "lib/testing/explore/listeners.ts": "explore_aborts_test.ts",
  "lib/testing/explore/options.ts": "explore_aborts_test.ts",
  "lib/testing/explore/run.ts": "explore_aborts_test.ts",
  "lib/testing/explore/settled.ts": "explore_aborts_test.ts",
  "lib/testing/explore/stage.ts": "explore_aborts_test.ts",
  "lib/testing/explore/virtual_timers.ts": "explore_virtual_time_test.ts",
  "lib/testing/script/excerpt.ts": "script_test.ts",
  "lib/testing/script/player.ts": "script_test.ts",
  "lib/testing/script/step.ts": "script_test.ts",
  "lib/testing/transport_checks/ending.ts": "check_transport_test.ts",
  "lib/testing/transport_checks/failing.ts": "check_transport_test.ts",
  "lib/testing/transport_checks/reading.ts": "check_transport_test.ts",
  "lib/testing/transport_checks/steps.ts": "check_transport_test.ts",
  "lib/testing/transport_checks/writing.ts": "check_transport_test.ts",
};

const root = fileURLToPath(new URL("../", import.meta.url));

function sources(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts")).map((path) => `${folder}/${path}`).sort();
}

const parsed = new Map<string, ts.SourceFile>(
  ["mod.ts", ...sources("lib")].map((path) => [path, parse(path, readFileSync(join(root, path), "utf8"))]),
);
const libFiles = [...parsed.keys()].filter((path) => path.startsWith("lib/"));
const isPlatform = (path: string): boolean => path.startsWith("lib/runtime/");

/** What a file imports from this package, as paths from the root. */
function localImports(path: string): { path: string; typeOnly: boolean; lazy: boolean }[] {
  return importsOf(parsed.get(path)!).filter(({ name }) => name.startsWith("."))
    .map(({ name, ...rest }) => ({ path: normalize(join(dirname(path), name)), ...rest }));
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");

function layerOf(path: string): number {
  const name = path.slice("lib/".length, -".ts".length);
  return LAYERS.findIndex((layer) =>
    layer.some((entry) => entry.endsWith("/") ? name.startsWith(entry) : name === entry)
  );
}

function assertNone(problems: string[]): void {
  assert.ok(problems.length === 0, `\n  ${problems.join("\n  ")}\n`);
}

interface RuleCase {
  name: string;
  rule: Rule;
  files?: (path: string) => boolean;
  /** What the rule must find; otherwise it proves nothing. */
  bad: string;
}

const RULES: RuleCase[] = [
  { name: "has no `using`", rule: rules.noUsing, bad: "function f() { using x = y(); }" },
  { name: "has no top-level await", rule: rules.noTopLevelAwait, bad: "const x = await f();" },
  { name: "has no default export", rule: rules.noDefaultExport, bad: "export default function f() {}" },
  { name: "uses nothing that Node 20 lacks", rule: rules.noMissingInNode20, bad: "Promise.withResolvers();" },
  {
    name: "names a platform only in lib/runtime/",
    rule: rules.noPlatform,
    files: (path) => !isPlatform(path),
    bad: "Deno.connect({ port: 1 });",
  },
  { name: "has no dependency", rule: rules.onlyRelativeImports, bad: 'import { delay } from "@std/async/delay";' },
  { name: `has at most ${rules.MAX_FILE_LINES} code lines`, rule: rules.smallFile, bad: "f();\n".repeat(201) },
  {
    name: `has functions of at most ${rules.MAX_FUNCTION_LINES} code lines`,
    rule: rules.smallFunctions,
    bad: `function f() {\n${"f();\n".repeat(59)}}`,
  },
  { name: "has no leftovers", rule: rules.noLeftovers, bad: "// const x = 1;" },
];

for (const { name, rule, files = () => true, bad } of RULES) {
  test(`style: every file of lib/ ${name}`, () => {
    assertNone(
      [...parsed].filter(([path]) => files(path)).flatMap(([path, file]) =>
        rule(file).map((problem) => `${path}: ${problem}`)
      ),
    );
  });
  test(`style: the rule that a file ${name} finds an offender`, () => {
    assert.equal(rule(parse("lib/bad.ts", bad)).length, 1);
  });
}

test("style: every file of lib/ has a layer", () => {
  assertNone(
    libFiles.filter((path) => layerOf(path) < 0).map((path) => `${path}: add it to LAYERS in tests/style_test.ts`),
  );
});

test("style: imports go down only", () => {
  assertNone(libFiles.flatMap((path) =>
    localImports(path).filter((imported) => layerOf(imported.path) > layerOf(path))
      .map((imported) => `${path} (layer ${layerOf(path)}) imports ${imported.path} (layer ${layerOf(imported.path)})`)
  ));
});

test("style: only the doors import platforms, and what starts TLS", () => {
  assertNone(
    libFiles.filter((path) => !isPlatform(path) && layerOf(path) < DOORS && path !== "lib/start_tls.ts").flatMap((
      path,
    ) =>
      localImports(path).filter((imported) => isPlatform(imported.path)).map((imported) =>
        `${path} imports ${imported.path}`
      )
    ),
  );
});

test("style: no file imports itself, not even through others", () => {
  const finished = new Set<string>();
  const cycles: string[] = [];
  const walk = (path: string, trail: string[]): void => {
    if (trail.includes(path)) return void cycles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
    if (finished.has(path) || !parsed.has(path)) return;
    for (const imported of localImports(path)) walk(imported.path, [...trail, path]);
    finished.add(path);
  };
  for (const path of parsed.keys()) walk(path, []);
  assertNone(cycles);
});

test("style: importing the package loads no platform module", () => {
  // Dialers and listeners are imported when somebody dials, so that the package loads where they do not exist.
  const loaded = new Set(["mod.ts", "lib/testing/mod.ts"].filter((path) => parsed.has(path)));
  for (const path of loaded) {
    for (const imported of localImports(path)) if (!imported.typeOnly && !imported.lazy) loaded.add(imported.path);
  }
  assertNone(
    [...loaded].flatMap((path) =>
      importsOf(parsed.get(path)!).filter(({ name, typeOnly, lazy }) => name.startsWith("node:") && !typeOnly && !lazy)
        .map(({ name }) => `${path} imports "${name}" at once`)
    ),
  );
});

test("style: every file of lib/ that can run has a test", () => {
  assertNone(
    libFiles.filter((path) => !isPureTypes(parsed.get(path)!)).flatMap((path) => {
      // lib/reader.ts → reader, lib/runtime/deno/conn.ts → deno_conn, lib/testing/memory_pair.ts → memory_pair
      const name = path.replace(/^lib\/(runtime\/|testing\/)?/, "").replace(/\.ts$/, "").replaceAll("/", "_");
      const wanted = `tests/${TESTED_IN[path] ?? `${name}_test.ts`}`;
      return existsSync(join(root, wanted)) ? [] : [`${path}: ${wanted} is missing (or name another in TESTED_IN)`];
    }),
  );
});

test("style: every mutant finds its line, exactly once", () => {
  // `deno task mutants` says so as well, minutes later.
  assertNone(
    mutants.map(({ id, file, find }) => ({ id, file, count: read(file).split(find).length - 1 }))
      .filter(({ count }) => count !== 1).map(({ id, file, count }) => `${id}: its line is ${count} times in ${file}`),
  );
});

test("style: file names are snake_case", () => {
  const paths = ["lib", "tests", "examples", "scripts"].flatMap(sources);
  assertNone(
    paths.filter((path) => !path.split("/").every((part) => /^[a-z0-9]+(_[a-z0-9]+)*(\.[a-z]+)?$/.test(part))),
  );
});

/** The words of a union in `lib/reasons.ts`. */
function wordsOf(union: string): string[] {
  const source = readFileSync(join(root, "lib/reasons.ts"), "utf8");
  const [, body = ""] = new RegExp(`export type ${union} =([^;]*);`).exec(source)!;
  return [...body.matchAll(/"([a-z-]+)"/g)].map(([, word]) => word!);
}

/** The entries of a chapter of `docs/errors.md`. */
function entriesOf(chapter: string): string[] {
  const page = readFileSync(join(root, "docs/errors.md"), "utf8");
  const text = page.split(/^## /m).find((part) => part.startsWith(`${chapter}\n`))!;
  return [...text.matchAll(/^### `(.+)`$/gm)].map(([, word]) => word!);
}

for (const [chapter, union] of [["ConnectionAbortedError", "AbortReason"], ["ConnectError", "ConnectFailureReason"]]) {
  test(`docs/errors.md explains every reason of ${chapter}, and no other`, () => {
    assert.ok(wordsOf(union!).length > 5);
    assert.deepEqual(entriesOf(chapter!), wordsOf(union!));
  });
}

test("docs/errors.md says what each error means, what usually causes it, and what to do", () => {
  const page = readFileSync(join(root, "docs/errors.md"), "utf8");
  for (const entry of page.split(/^### /m).slice(1)) {
    assert.match(entry, /^\S.*\n\n[A-Z`][^]*\n- Usually: [^]+\n- Do: [^]+/, entry.slice(0, 40));
  }
});

// Off by default since Deno 2.8; without them a test that leaks a socket passes.
test("T24: the leak sanitizers of deno test are on", () => {
  const { test } = JSON.parse(readFileSync(join(root, "deno.json"), "utf8"));
  assert.deepEqual(test, { sanitizeOps: true, sanitizeResources: true });
});

// Deno's `conn.readable` and `conn.writable` close the whole connection when one of them ends.
test("T15: our adapters use no stream of a Deno.Conn", () => {
  const source = readFileSync(join(root, "lib/runtime/deno/conn.ts"), "utf8");
  assert.doesNotMatch(source, /\.(readable|writable)\b/);
});
