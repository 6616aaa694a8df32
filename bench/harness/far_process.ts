/** The far end in a process of its own, started again when it has died. */

/** A far end that is there when it is asked for. */
export class FarProcess implements AsyncDisposable {
  readonly #program: string;
  #child: Deno.ChildProcess | undefined;
  #port = 0;

  /** @param program The path of `far_end.ts`. */
  constructor(program: string) {
    this.#program = program;
  }

  /** Where it listens. */
  async port(): Promise<number> {
    if (this.#child === undefined) await this.#start();
    return this.#port;
  }

  async #start(): Promise<void> {
    const args = ["run", "--quiet", "--no-check", "--allow-net=127.0.0.1", this.#program];
    const child = new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "piped" }).spawn();
    this.#child = child;
    void child.status.then(() => {
      if (this.#child === child) this.#child = undefined;
    });
    const reader = child.stdout.getReader();
    this.#port = Number(new TextDecoder().decode((await reader.read()).value));
    reader.releaseLock();
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    child.kill("SIGKILL");
    await Promise.all([child.status, child.stdout.cancel()]);
  }
}
