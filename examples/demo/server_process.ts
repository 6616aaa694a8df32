/** A child process that runs `server.ts`. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Beside this file and, once compiled, `.js` like this file. */
const SERVER = fileURLToPath(new URL(`./server${extname(import.meta.url)}`, import.meta.url));

/** The server needs one permission. Node has no flag to say so. */
const FLAGS = "Deno" in globalThis ? ["run", "--no-prompt", "--allow-net=127.0.0.1"] : [];

/** One server of the demo. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #port = 0;

  constructor() {
    this.#child = spawn(process.execPath, [...FLAGS, SERVER], { stdio: ["pipe", "pipe", "inherit"] });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Where it listens. */
  get port(): number {
    return this.#port;
  }

  /** Waits until it listens. */
  async ready(): Promise<this> {
    this.#port = Number(await this.#hear());
    return this;
  }

  /** Ends the listener and every connection; the process goes on, so that what it left open can be counted. */
  async stop(): Promise<void> {
    this.#child.stdin!.write("stop\n");
    await this.#hear();
  }

  /** Ends it the hard way: SIGKILL, nothing of it runs any more. */
  async kill(): Promise<void> {
    await this.#end(() => this.#child.kill("SIGKILL"));
  }

  /** Lets it go home. */
  async end(): Promise<void> {
    await this.#end(() => this.#child.stdin!.end());
  }

  async #hear(): Promise<string> {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`Cannot go on with the demo: its server (process ${this.pid}) has ended`);
    return value;
  }

  async #end(order: () => void): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    order();
    await exit;
  }
}
