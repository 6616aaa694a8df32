/**
 * One small client, written twice: what each makes of three days of a server.
 *
 *     deno run --allow-net examples/naive/main.ts
 *
 * `naive.ts` is what most of us write first, `ours.ts` the same with Hawser. Only the second is judged: where it returns
 * something else than the report, or waits, the program fails.
 */
import process from "node:process";
import { fetchReport as naive } from "./naive.ts";
import { fetchReport as ours } from "./ours.ts";
import { type Behaviour, DAYS, isCut, isTheReport, startServer } from "./server.ts";

/** Longer than the patience of `ours.ts`. */
const LONG = 1_000;

interface Verdict {
  readonly good: boolean;
  readonly words: string;
}

/** What a client makes of such a day. */
async function judge(fetchReport: (port: number) => Promise<string>, day: Behaviour): Promise<Verdict> {
  const server = await startServer(day);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<Verdict>((resolve) => {
    timer = setTimeout(() => resolve({ good: false, words: "still waits, and will for ever" }), LONG);
  });
  const settled = fetchReport(server.port).then(judgeReport, (error: Error) => ({ good: true, words: error.message }));
  try {
    return await Promise.race([settled, tooLong]);
  } finally {
    clearTimeout(timer);
    await server.close();
    await settled;
  }
}

function judgeReport(text: string): Verdict {
  if (isTheReport(text)) return { good: true, words: "returned the report" };
  const words = isCut(text) ? "returned half of it, as if that were all" : "returned another text: … €€€��€€€ …";
  return { good: false, words };
}

for (const day of DAYS) {
  console.log(day.title);
  console.log(`  naive  ${line(await judge(naive, day))}`);
  const verdict = await judge(ours, day);
  console.log(`  ours   ${line(verdict)}`);
  if (!verdict.good) process.exitCode = 1;
}

/** Long messages are broken where the terminal would break them. */
function line({ good, words }: Verdict): string {
  return `${good ? "✓" : "✗"} ${words.replaceAll(/(.{1,100})(?: |$)/g, "$1\n           ").trim()}`;
}
