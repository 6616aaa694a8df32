/** Runs conditions one after the other in this process, and prints each result as one line of JSON. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { countsSockets, openSockets } from "./open_sockets.ts";
import { type Cell, type Condition, type Notes, type RuntimeName, RUNTIMES } from "./condition.ts";
import { conditions } from "./conditions.ts";
import { MARK } from "./mark.ts";
import { Peer } from "./peer.ts";
import { rawTold } from "./told.ts";

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One half of a condition, in this process: what runs it, and what is let go of afterwards. */
export type Half = (condition: Condition, notes: Notes) => { run(): Promise<void>; cleanUp(): Promise<void> };

const unhandled: string[] = [];

/** Runs what the command line names: `RUNTIME ID …`. Sockets may take so many `patience` ms to go. */
export async function runCells(half: Half, told: (error: unknown) => string, patience: number): Promise<void> {
  const [name, ...ids] = process.argv.slice(2);
  const runtime = RUNTIMES.find((known) => known === name)!;
  process.on("unhandledRejection", (error) => unhandled.push(`UNHANDLED REJECTION ${rawTold(error)}`));
  process.on("uncaughtException", (error) => unhandled.push(`UNCAUGHT EXCEPTION ${rawTold(error)}`));
  const folder = process.env["MATRIX_FOLDER"]!;
  const peers = { peer: new Peer(peerLaunch()), helper: new Peer(peerLaunch()) };
  await settled(runtime);
  const around = { runtime, folder, told, patience, ...peers };
  const wanted = ids.map(conditionOf);
  const together = wanted.filter((condition) => condition.together);
  for (const condition of wanted.filter((condition) => !condition.together)) {
    print(await runCell([condition], half, around));
  }
  if (together.length > 0) print(await runCell(together, half, around));
  process.exit();
}

function conditionOf(id: string): Condition {
  const condition = conditions.find((one) => one.id === id);
  if (condition === undefined) throw new Error(`Cannot run ${id}: no such condition`);
  return condition;
}

function print(cells: readonly Cell[]): void {
  for (const cell of cells) console.log(MARK + JSON.stringify(cell));
}

/** Where an environment says that the other end lives, such as another namespace. */
function peerLaunch(): string[] {
  return JSON.parse(environment()["peerLaunch"] ?? "[]") as string[];
}

let made: ReturnType<Notes["certificates"]> | undefined;

function certificates(): ReturnType<Notes["certificates"]> {
  return made ??= JSON.parse(readFileSync(process.env["MATRIX_CERTIFICATES"]!, "utf8"));
}

function environment(): Record<string, string> {
  return JSON.parse(process.env["MATRIX_ENVIRONMENT"] ?? "{}") as Record<string, string>;
}

interface Around {
  readonly runtime: RuntimeName;
  readonly folder: string;
  readonly peer: Peer;
  readonly helper: Peer;
  readonly patience: number;
  told(error: unknown): string;
}

/** Runs one condition, or several at the same time: what is left over by any of them is then said of the last. */
async function runCell(together: readonly Condition[], half: Half, around: Around): Promise<Cell[]> {
  const { peer, helper } = around;
  await peer.start();
  await helper.start();
  const before = countsSockets ? openSockets() : 0;
  const runs = await Promise.all(together.map(async (condition) => {
    const [lines, messages]: [string[], string[]] = [[], []];
    const { run, cleanUp } = half(condition, notesFor(condition, { lines, messages }, around));
    await run().catch((error) => void lines.push(`THREW ${around.told(error)}`));
    return { id: condition.id, lines, messages, cleanUp };
  }));
  for (const { cleanUp } of runs) await cleanUp();
  const left = await socketsLeft(before, around.patience);
  await Promise.all([peer.clear(), helper.clear()]);
  const { lines } = runs.at(-1)!;
  if (left > 0) lines.push(`LEFT ${left} sockets open`);
  lines.push(...unhandled.splice(0));
  return runs.map(({ id, lines, messages }) => ({ id, lines, messages }));
}

interface Written {
  readonly lines: string[];
  readonly messages: string[];
}

function notesFor({ id }: Condition, { lines, messages }: Written, { runtime, folder, peer, helper }: Around): Notes {
  let files = 0;
  return {
    runtime,
    peer,
    helper,
    environment: environment(),
    certificates,
    note: (line) => void lines.push(line),
    message: (words) => void messages.push(words),
    path: (name) => join(folder, `${id.slice(0, 40)}_${++files}_${name}`),
    hold: (work) => {
      work.catch(() => {}); // Noted by whoever awaits it.
      return work;
    },
    rest: (ms = 100) => pause(ms),
  };
}

/** Some 200 ms after the start Deno opens two sockets of its own, which are no condition's. */
async function settled(runtime: RuntimeName): Promise<void> {
  if (!countsSockets || !runtime.startsWith("deno")) return;
  const [before, started] = [openSockets(), performance.now()];
  while (openSockets() === before && performance.now() - started < 1_000) await pause(10);
}

/** Sockets that this process has more than before; some take a turn to go. */
async function socketsLeft(before: number, patience: number): Promise<number> {
  if (!countsSockets) return 0;
  const started = performance.now();
  for (;;) {
    const left = openSockets() - before;
    if (left <= 0 || performance.now() - started > patience) return left;
    await pause(5);
  }
}
