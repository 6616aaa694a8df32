/**
 * Explores every scenario with this library as it is, and nothing else: what the mutants are held against.
 *
 *     deno run --allow-env tests/explored/main.ts [part of a name | none]
 */
import process from "node:process";
import { exploreScenario } from "./explore_scenario.ts";
import { scenarios } from "./scenarios.ts";

const wanted = process.argv[2] ?? "all";
for (const explored of scenarios) {
  if (wanted !== "all" && !explored.name.includes(wanted)) continue;
  const started = performance.now();
  const { line, problem } = await exploreScenario(explored);
  console.log(`${explored.name}: ${line} (${Math.round(performance.now() - started)} ms)`);
  if (problem === undefined) continue;
  console.error(problem);
  process.exit(1);
}
