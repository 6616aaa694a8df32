/**
 * Explores every scenario with this library as it is, and nothing else: what the mutants are held against.
 *
 *     deno run --allow-env tests/explored/main.ts
 */
import process from "node:process";
import { exploreScenario } from "./explore_scenario.ts";
import { scenarios } from "./scenarios.ts";

for (const explored of scenarios) {
  const started = performance.now();
  const { line, problem } = await exploreScenario(explored);
  console.log(`${explored.name}: ${line} (${Math.round(performance.now() - started)} ms)`);
  if (problem === undefined) continue;
  console.error(problem);
  process.exit(1);
}
