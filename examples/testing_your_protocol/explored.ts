/**
 * The test: what a user of the ledger does, cut at every byte and every event, in every way.
 */
import assert from "node:assert/strict";
import { type Exploration, ExplorationError, exploreAborts, type Finding, type Scenario } from "@hawser/net/testing";
import { LedgerClient, LedgerError, type Mistakes } from "./ledger_client.ts";
import { BALANCES, serveLedger } from "./ledger_server.ts";

/** What the scenario gives: the balances it was told. */
export type Balances = Record<string, number | undefined>;

/** Logs in, asks for two balances, leaves a note, hangs up. */
export function ledgerScenario(mistakes: Mistakes): Scenario<Balances> {
  return {
    async local({ dial }) {
      await using client = await LedgerClient.open(dial, "ada", mistakes);
      const balances = { ada: await client.balance("ada"), bob: await client.balance("bob") };
      await client.note("looked at the balances");
      return balances;
    },
    peer: serveLedger,
  };
}

/** Not knowing a balance is all right, a wrong one is not. */
export function checkBalances(balances: Balances): void {
  for (const [account, balance] of Object.entries(balances)) {
    assert.equal(balance ?? BALANCES[account], BALANCES[account], `the balance of ${account} is wrong`);
  }
}

/** Explores a client with these mistakes; returns what was explored and found. */
export async function explored(mistakes: Mistakes, print: (line: string) => void = () => {}): Promise<Exploration> {
  try {
    return await exploreAborts(ledgerScenario(mistakes), {
      allow: (error) => error instanceof LedgerError,
      check: checkBalances,
      print,
    });
  } catch (error) {
    if (error instanceof ExplorationError) return error.exploration;
    throw error;
  }
}

/** How each mistake shows. */
export const SYMPTOMS: Readonly<Record<keyof Mistakes, (finding: Finding) => boolean>> = {
  readsOnAfterTimeout: ({ kind, cut }) => kind === "result" && cut?.way === "late",
  takesCutLines: ({ kind, cut }) => kind === "result" && cut?.way === "end",
  dropsWriteErrors: ({ kind }) => kind === "loss",
  leaksOnFailedHandshake: ({ kind }) => kind === "open",
};
