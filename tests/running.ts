/** Programs that run beside a test: an example, or somebody else's `nc`, `socat`, `openssl`. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { Buffer } from "node:buffer";
import process from "node:process";
import { skipUnless, type TestOptions } from "./harness.ts";
import { startProgram } from "./program.ts";
import { until } from "./raw_peers.ts";

/** Options for tests that need programs of somebody else, by name with their Debian packages. */
export function needs(programs: Readonly<Record<string, string>>): TestOptions {
  const missing = Object.keys(programs).filter((name) => spawnSync("which", [name]).status !== 0);
  const packages = missing.map((name) => programs[name]).join(" ");
  return skipUnless(missing.length === 0, `there is no ${missing.join(", ")} (Debian: apt-get install ${packages})`);
}

/** A program under way; killed at the end of the block. */
export class Running implements AsyncDisposable {
  stderr = "";
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<unknown>;
  #bytes: Buffer = Buffer.alloc(0);
  #chunks: Uint8Array[] = [];

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#closed = once(child, "close");
    child.stdout.on("data", (chunk: Uint8Array) => this.#chunks.push(chunk));
    child.stderr.on("data", (chunk: Uint8Array) => this.stderr += new TextDecoder().decode(chunk));
    child.stdin.on("error", () => {}); // It has gone: how, its exit code says.
  }

  /** An example, with the words of its `deno run` line. */
  static example(command: readonly string[]): Running {
    return new Running(startProgram(command));
  }

  /** Somebody else's program. */
  static command(name: string, ...args: string[]): Running {
    return new Running(spawn(name, args));
  }

  /** What it has printed so far. */
  get bytes(): Uint8Array {
    if (this.#chunks.length > 0) this.#bytes = Buffer.concat([this.#bytes, ...this.#chunks]);
    this.#chunks = [];
    return this.#bytes;
  }

  get stdout(): string {
    return new TextDecoder().decode(this.bytes);
  }

  /** Gives it input; resolves when it has taken all but what a pipe holds (64 KiB). */
  say(input: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#child.stdin.write(input, () => resolve()));
  }

  /** The last of its input. */
  end(input: string | Uint8Array = ""): void {
    this.#child.stdin.end(input);
  }

  /** Waits for what it prints, on either stream; what was found, the first group of it if there is one. */
  async printed(pattern: RegExp): Promise<string> {
    let found: RegExpExecArray | null = null;
    const gone = (): boolean => this.#child.exitCode !== null;
    await until(() => (found = pattern.exec(this.stdout) ?? pattern.exec(this.stderr)) !== null || gone(), `${pattern}`)
      .catch((error) => {
        throw new Error(`${(error as Error).message}; ${this.#story()}`);
      });
    found = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
    if (found === null) throw new Error(`Cannot go on: the program has ended without ${pattern}; ${this.#story()}`);
    return found[1] ?? found[0];
  }

  /** Signals it. */
  kill(signal: "SIGKILL" | "SIGTERM" | "SIGSTOP" | "SIGCONT"): void {
    const { exitCode, signalCode, pid } = this.#child;
    // Not child.kill(): under Deno 2.9 the second one does nothing.
    if (exitCode === null && signalCode === null) process.kill(pid!, signal);
  }

  /** Waits for its end; the exit code, `null` after a signal. */
  async ended(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.#closed;
  }

  #story(): string {
    return `it said ${JSON.stringify(this.stdout.slice(-500))} and ${JSON.stringify(this.stderr.slice(-500))}`;
  }
}
