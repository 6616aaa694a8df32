/** A process that does what it is told: calls are lines of JSON on its standard input, answers on its standard output. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import process from "node:process";

/** What the process is asked to do. */
export interface Call {
  readonly name: string;
  readonly argument: unknown;
}

type Answer = { value: unknown } | { error: string };

/** Answers the calls of the process that has started this one, until it says no more. */
export async function answerCalls(answer: (call: Call) => Promise<unknown>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const result = await answer(JSON.parse(line)).then(
      (value): Answer => ({ value }),
      (error: unknown): Answer => ({ error: error instanceof Error ? error.stack ?? error.message : String(error) }),
    );
    process.stdout.write(JSON.stringify(result) + "\n");
  }
}

/** The other end: starts such a process and calls it. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(command: readonly string[]) {
    const [first, ...args] = command;
    this.#process = spawn(first!, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  /** One call at a time. */
  async call<T>(name: string, argument: unknown = null): Promise<T> {
    this.#process.stdin!.write(JSON.stringify({ name, argument } satisfies Call) + "\n");
    const { value: line, done } = await this.#lines.next();
    if (done) throw new Error(`Cannot go on: the process ended during "${name}"`);
    const answer = JSON.parse(line) as Answer;
    if ("error" in answer) throw new Error(`Cannot go on: "${name}" failed in its process:\n${answer.error}`);
    return answer.value as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin!.end();
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, "exit");
  }
}
