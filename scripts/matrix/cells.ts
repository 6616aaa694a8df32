/** Runs the cells of one column: one process for most of them, one for each environment, and for each that is alone. */
import { MARK } from "../../tests/matrix/mark.ts";
import type { Cell, Condition, Environment } from "../../tests/matrix/condition.ts";
import { temporaryFolder, uninterrupted, whenInterrupted } from "../interruption.ts";
import { endProcess } from "../run.ts";
import type { Column, Machinery } from "./runtimes.ts";

/** Longest time of one condition, unless it says otherwise. */
const LIMIT = 10_000;

export type HalfName = "child" | "raw_child";

/** What each condition came to on one runtime. */
export async function runColumn(
  column: Column,
  half: HalfName,
  conditions: readonly Condition[],
  machinery: Machinery,
): Promise<Map<string, Cell>> {
  const results = new Map<string, Cell>();
  const run = async (group: readonly Condition[]): Promise<void> => {
    for (let rest = group; rest.length > 0; rest = rest.filter(({ id }) => !results.has(id))) {
      // A process that hung or died did so in the first condition that has no result: the others go on without it.
      const environment = await rest[0]!.environment?.(column.name);
      const forget = whenInterrupted(() => environment?.[Symbol.asyncDispose]());
      try {
        for (const cell of await runProcess(column, half, rest, machinery, environment)) results.set(cell.id, cell);
      } finally {
        await environment?.[Symbol.asyncDispose]();
        forget();
      }
    }
  };
  const groups = groupsOf(conditions);
  // Those that wait for the kernel do so beside the others, as do those that have asked for it.
  const isBeside = ([first]: readonly Condition[]): boolean => first!.together === true || first!.beside !== undefined;
  const waiting = groups.filter(isBeside).map(run);
  for (const group of groups) if (!isBeside(group)) await run(group);
  await Promise.all(waiting);
  return results;
}

/** What shares a process. */
function groupsOf(conditions: readonly Condition[]): Condition[][] {
  const groups = new Map<unknown, Condition[]>();
  for (const condition of conditions) {
    const key = condition.alone ? condition : condition.beside ?? condition.environment;
    groups.set(key, [...groups.get(key) ?? [], condition]);
  }
  return [...groups.values()];
}

/** One process; a condition that has no result by the end of its time, or of the process, gets a line that says so. */
async function runProcess(
  column: Column,
  half: HalfName,
  conditions: readonly Condition[],
  machinery: Machinery,
  environment?: Environment,
): Promise<Cell[]> {
  const [program, ...args] = [...environment?.launch ?? [], ...column.command(half, environment?.denoFlags)];
  await uninterrupted();
  // Not the child's own to make and remove: it may be killed.
  await using folder = temporaryFolder("matrix_");
  const child = new Deno.Command(program!, {
    args: [...args, ...conditions.map(({ id }) => id)],
    env: {
      MATRIX_PEER: JSON.stringify(machinery.peer),
      MATRIX_CERTIFICATES: machinery.certificates,
      MATRIX_FOLDER: folder.path,
      MATRIX_ENVIRONMENT: JSON.stringify(environment?.data ?? {}),
      // The update check of Deno opens sockets of its own.
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // A process group of its own: it is killed together with its peers, one of which may be stopped.
    detached: true,
  }).spawn();
  const forget = whenInterrupted(() => {
    endProcess(-child.pid);
    return child.status;
  });
  const cells: Cell[] = [];
  let hung = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = (): void => {
    clearTimeout(timer);
    const limit = conditions[cells.length]?.limit ?? LIMIT;
    timer = setTimeout(() => {
      hung = true;
      endProcess(-child.pid);
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
  endProcess(-child.pid);
  await uninterrupted();
  forget();
  const next = conditions[cells.length];
  if (next === undefined) return cells;
  const last = (await complaints).trim().split("\n").slice(0, 3).join(" ");
  return [...cells, { id: next.id, lines: [hung ? "HUNG" : `DIED with code ${code}: ${last}`], messages: [] }];
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
    const lines = (text + part).split("\n");
    text = lines.pop()!;
    yield* lines;
  }
}
