/**
 * The main job on real sockets: 256 MiB down and up again, then every way a connection can end.
 *
 *     deno task demo
 *     deno task demo --leak                  keeps one socket open, which must be noticed
 *     deno task demo --expect reset=closed   expects a wrong reason, which must be noticed
 *
 * Runs with `--allow-all`, because Deno opens `/proc`, where the sockets are counted, to nothing less. The server, a child
 * process, gets along with `--allow-net=127.0.0.1`.
 */
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Connection } from "@hawser/net";
import { type Claim, dialScene, type Ending, endings, type Stage } from "./endings.ts";
import { openSockets, peakMemory } from "./proc.ts";
import { ServerProcess } from "./server_process.ts";
import { bold, claim, dim, ending, header, mark, red, wrap } from "./table.ts";
import { download, upload } from "./transfer.ts";

const MIB = 1024 * 1024;

/**
 * In MiB: below the 256 that went through, above what a runtime needs by itself. `node:net`, on which the server is, makes a
 * Buffer for each 64 KiB it reads, and Deno's collector has been seen to leave 145 MiB of those for later.
 */
const MEMORY_LIMIT = 240;

/** In ms: the sender must have felt the slow stretch of 1,500; the buffers of the kernel hide some of it. */
const HELD_BACK = 500;

/** Parts of the demo that went as promised, and all parts. */
const score = { kept: 0, all: 0 };

function settle(kept: boolean): boolean {
  score.all++;
  if (kept) score.kept++;
  return kept;
}

function report(title: string, claims: readonly Claim[]): void {
  const kept = settle(claims.every(({ holds }) => holds));
  console.log(`${mark(kept)} ${bold(title)}\n${claims.map(claim).join("\n")}`);
}

async function transfers({ dial }: Stage, pids: readonly number[]): Promise<void> {
  await using down = await dial("download");
  const { sha256, receipt } = await download(down);
  report("256 MiB downloaded", [
    { text: `SHA-256 ${sha256}, as the sender computed it`, holds: sha256 === receipt.sha256 },
    {
      text: `the sender was held back for ${(receipt.heldBack / 1_000).toFixed(1)} s while this side was slow`,
      holds: receipt.heldBack >= HELD_BACK,
    },
  ]);
  await using up = await dial("upload");
  const received = await upload(up);
  const peaks = (await Promise.all(pids.map(peakMemory))).map((bytes) => Math.round(bytes / MIB));
  report("256 MiB uploaded", [
    { text: "the server received the same SHA-256", holds: received === sha256 },
    {
      text: `peak memory, both ways: ${peaks[0]} MiB here, ${peaks[1]} MiB in the server`,
      holds: Math.max(...peaks) < MEMORY_LIMIT,
    },
  ]);
}

async function play({ title, promised, live }: Ending, stage: Stage): Promise<void> {
  try {
    const seen = await live(stage);
    const wrong = (["reason", "operation", "initiator"] as const).filter((key) => seen[key] !== promised[key]);
    const kept = settle(wrong.length === 0 && seen.also.every(({ holds }) => holds));
    console.log(ending(title, seen, kept));
    for (const key of wrong) console.log(claim({ text: red(`promised was ${key} "${promised[key]}"`), holds: false }));
  } catch (error) {
    settle(false);
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    console.log(`${mark(false)} ${title}\n${wrap(text).map((line) => `    ${red(line)}`).join("\n")}`);
  }
}

/** `reset=closed`: the ending `reset` is to be expected with the reason `closed`. */
function expecting(wishes: readonly string[]): readonly Ending[] {
  const wished = new Map(wishes.map((wish) => wish.split("=", 2) as [name: string, reason: string]));
  for (const [name, reason] of wished) {
    if (reason !== undefined && endings.some((ending) => ending.name === name)) continue;
    const names = endings.map((ending) => ending.name).join(", ");
    throw new TypeError(`Cannot expect "${name}": it must be name=reason, with one of the names ${names}`);
  }
  return endings.map((ending) => {
    const reason = wished.get(ending.name);
    return reason === undefined ? ending : { ...ending, promised: { ...ending.promised, reason } };
  });
}

/** The classic leak: the peer has said goodbye, and this side never closes. */
async function leak({ dial }: Stage): Promise<Connection> {
  const connection = await dial("leave");
  await connection.reader.read();
  connection.unref();
  return connection;
}

/** The sockets that both processes hold; `kept` of them are expected. */
async function countSockets(pids: readonly number[], kept: number): Promise<string[]> {
  let open: string[] = [];
  // A runtime may take a turn to give a descriptor back, and on a busy machine a turn may take a second.
  for (let attempt = 0; attempt < 100; attempt++) {
    open = (await Promise.all(pids.map(openSockets))).flat();
    if (open.length <= kept) break;
    await delay(25);
  }
  return open;
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: { leak: { type: "boolean" }, expect: { type: "string", multiple: true, default: [] } },
  });
  const wanted = expecting(values.expect);
  if (process.platform !== "linux") {
    throw new Error("Cannot run the demo: it counts sockets in /proc, and only Linux has it");
  }
  const [server, victim] = await Promise.all([new ServerProcess().ready(), new ServerProcess().ready()]);
  const pids = [process.pid, server.pid];
  const stage: Stage = { victim, dial: (scene, options) => dialScene(server.port, scene, options) };
  console.log(dim(`process ${pids[0]} and its server, process ${pids[1]} on 127.0.0.1:${server.port}\n`));

  const kept = values.leak ? await leak(stage) : undefined;
  await transfers(stage, pids);
  console.log(`\n${header()}`);
  for (const ending of wanted) await play(ending, stage);
  await server.stop();
  const open = await countSockets(pids, kept === undefined ? 0 : 1);
  console.log("");
  for (const socket of open) console.log(`${mark(false)} still open: ${socket}`);
  await Promise.all([server.end(), victim.end()]);
  console.log(
    `demo: ${score.kept} of ${score.all} as promised, ${open.length} socket${open.length === 1 ? "" : "s"} open`,
  );
  kept?.abort();
  return score.kept === score.all && open.length === 0;
}

if (!await main()) process.exitCode = 1;
