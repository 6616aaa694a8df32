/** Runs the cells of one column: one process for most of them, one each for those that want to be alone. */
import { MARK } from "../../tests/matrix/mark.ts";
import type { Cell, Condition, Environment } from "../../tests/matrix/condition.ts";
import type { Column } from "./runtimes.ts";

/** Longest time of one condition, unless it says otherwise. */
const LIMIT = 10_000;

export type HalfName = "child" | "raw_child";

/** Which process of its own, if any. */
const isAlone = (condition: Condition): boolean => condition.alone === true || condition.environment !== undefined;

/** What each condition came to on one runtime. */
export async function runColumn(
  column: Column,
  half: HalfName,
  conditions: readonly Condition[],
  peer: readonly string[],
): Promise<Map<string, readonly string[]>> {
  const results = new Map<string, readonly string[]>();
  let rest = conditions.filter((condition) => !isAlone(condition));
  while (rest.length > 0) {
    const cells = await runProcess(column, half, rest, peer);
    for (const { id, lines } of cells) results.set(id, lines);
    // A process that hung or died did so in the first condition that has no result: the others go on without it.
    rest = rest.filter(({ id }) => !results.has(id));
  }
  for (const condition of conditions.filter(isAlone)) {
    const environment = await condition.environment?.(column.name);
    try {
      for (const { id, lines } of await runProcess(column, half, [condition], peer, environment)) {
        results.set(id, lines);
      }
    } finally {
      await environment?.[Symbol.asyncDispose]();
    }
  }
  return results;
}

/** One process; a condition that has no result by the end of its time, or of the process, gets a line that says so. */
async function runProcess(
  column: Column,
  half: HalfName,
  conditions: readonly Condition[],
  peer: readonly string[],
  environment?: Environment,
): Promise<Cell[]> {
  const [program, ...args] = [...environment?.launch ?? [], ...column.command(half, environment?.denoFlags)];
  const child = new Deno.Command(program!, {
    args: [...args, ...conditions.map(({ id }) => id)],
    env: {
      MATRIX_PEER: JSON.stringify(peer),
      MATRIX_ENVIRONMENT: JSON.stringify(environment?.data ?? {}),
      // The update check of Deno opens sockets of its own.
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const cells: Cell[] = [];
  let hung = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = (): void => {
    clearTimeout(timer);
    const limit = conditions[cells.length]?.limit ?? LIMIT;
    timer = setTimeout(() => {
      hung = true;
      child.kill("SIGKILL");
    }, limit + (cells.length === 0 ? 5_000 : 0)); // The first one waits for the runtime to start.
  };
  arm();
  const complaints = new Response(child.stderr).text();
  for await (const line of linesOf(child.stdout)) {
    if (!line.startsWith(MARK)) continue;
    cells.push(JSON.parse(line.slice(MARK.length)));
    arm();
  }
  clearTimeout(timer);
  const { code } = await child.status;
  const next = conditions[cells.length];
  if (next === undefined) return cells;
  const last = (await complaints).trim().split("\n").slice(0, 3).join(" ");
  return [...cells, { id: next.id, lines: [hung ? "HUNG" : `DIED with code ${code}: ${last}`] }];
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
    const lines = (text + part).split("\n");
    text = lines.pop()!;
    yield* lines;
  }
}
