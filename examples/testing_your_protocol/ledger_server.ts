/**
 * A ledger, as far as a test of its clients needs one: it answers from a table and writes down the notes.
 */
import type { Connection } from "@hawser/net";

/** What the accounts hold. */
export const BALANCES: Readonly<Record<string, number>> = { ada: 250, bob: 17 };

/** Serves one connection until the client hangs up. */
export async function serveLedger({ reader, writer }: Connection): Promise<void> {
  await writer.write("ledger 1\n");
  for await (const line of reader.lines()) {
    const [command, argument = ""] = line.split(" ");
    if (command === "login") await writer.write("ok\n");
    else if (command === "balance") await writer.write(`${BALANCES[argument] ?? 0}\n`);
    else if (command !== "note") throw new Error(`Cannot serve this client: it says ${line}`);
  }
}
