import { ExplorationError, exploreAborts } from "@hawser/net/testing";
import { complaints, type Explored } from "./rules.ts";

/** Explores one scenario: its summary, and what was found, if anything. */
export async function exploreScenario(
  { scenario, options, unsteady }: Explored,
): Promise<{ line: string; problem?: string }> {
  let line = "";
  complaints.length = 0;
  try {
    const { unreached, runs } = await exploreAborts(scenario, { ...options, print: (text) => line = text });
    if (unreached > (unsteady ? runs / 4 : 0)) return { line, problem: `${unreached} cuts were not reached` };
  } catch (error) {
    if (!(error instanceof ExplorationError)) throw error;
    return { line, problem: error.message };
  }
  return complaints.length === 0 ? { line } : { line, problem: `the peer complains: ${complaints[0]}` };
}
