/** Steers the other end, which is a process of its own (`peer_process.ts`) on the machine's Node. */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import type { SecureRequest, Where } from "./peer_tls.ts";

/** What the peer answers. */
export interface PeerAnswer {
  readonly id: number;
  readonly port: number;
  readonly bytes: number;
  readonly end: string;
  readonly error?: string;
}

/** How the process of a peer is started: the command, then its arguments. */
function command(): string[] {
  const given = process.env["MATRIX_PEER"];
  if (given === undefined) throw new Error("Cannot start a peer: MATRIX_PEER does not say how");
  return JSON.parse(given) as string[];
}

/** One process that listens, dials, sends, ends and resets on request. */
export class Peer {
  readonly #launch: readonly string[];
  #child: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();
  #waiting = new Map<number, (answer: PeerAnswer) => void>();
  #last = 0;

  /** @param launch What the command is put behind, such as `["ip", "netns", "exec", "name"]`. */
  constructor(launch: readonly string[] = []) {
    this.#launch = launch;
  }

  /** Starts it, unless it runs. */
  async start(): Promise<void> {
    if (this.#child === undefined) await this.ask("hello");
  }

  /** Has it do something, and waits until it is done. */
  async ask(what: string, parameters: Record<string, unknown> = {}): Promise<PeerAnswer> {
    const n = ++this.#last;
    const child = this.#child ??= this.#spawn();
    const answered = new Promise<PeerAnswer>((resolve) => this.#waiting.set(n, resolve));
    child.stdin!.write(JSON.stringify({ ...parameters, n, do: what }) + "\n");
    const answer = await answered;
    if (answer.error !== undefined) throw new Error(`Cannot have the peer ${what}: ${answer.error}`);
    return answer;
  }

  /** Listens on a port of the system's choice, or on a path. */
  listen(where: { path?: string; port?: number; host?: string; backlog?: number } = {}): Promise<PeerAnswer> {
    return this.ask("listen", where);
  }

  /** The next connection's id. */
  async accept(): Promise<number> {
    return (await this.ask("accept")).id;
  }

  /** Dials from there; the id of its end. */
  async dial(where: { path?: string; host?: string; port?: number; times?: number }): Promise<number> {
    return (await this.ask("dial", where)).id;
  }

  /** Does something with one of its sockets: `end`, `close`, `reset`, `read`, `fate`. */
  on(id: number, what: "end" | "close" | "reset" | "read" | "fate"): Promise<PeerAnswer> {
    return this.ask(what, { id });
  }

  /** Sends. */
  send(id: number, what: string | number): Promise<PeerAnswer> {
    return this.ask("send", typeof what === "string" ? { id, text: what } : { id, bytes: what });
  }

  /** Makes a handshake; `"secure"`, or why not. */
  async secure(id: number, tls: SecureRequest): Promise<string> {
    return (await this.ask("secure", { id, tls })).end;
  }

  /** Sends over TLS. */
  seal(id: number, what: string | number): Promise<PeerAnswer> {
    return this.ask("seal", typeof what === "string" ? { id, text: what } : { id, bytes: what });
  }

  /** Sends a record that is cut, and what then happens to the socket. */
  cut(id: number, text: string, where: Where, then: "end" | "reset"): Promise<PeerAnswer> {
    return this.ask("cut", { id, text, where, then });
  }

  /** Says close_notify. */
  goodbye(id: number): Promise<PeerAnswer> {
    return this.ask("goodbye", { id });
  }

  /** Harms the next bytes it gets, or sends. */
  harm(id: number, direction: "in" | "out"): Promise<PeerAnswer> {
    return this.ask("harm", { id, direction });
  }

  /** How the plaintext ended for it. */
  fateOfTls(id: number): Promise<PeerAnswer> {
    return this.ask("fateOfTls", { id });
  }

  /** Stops it, as a machine that hangs: the kernel goes on answering for it. */
  stop(): void {
    process.kill(this.#child!.pid!, "SIGSTOP");
  }

  /** Lets it go on. */
  resume(): void {
    process.kill(this.#child!.pid!, "SIGCONT");
  }

  /** Ends it with SIGKILL: the kernel closes what it had. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#gone;
  }

  /** Lets go of everything it has. */
  async clear(): Promise<void> {
    if (this.#child !== undefined) await this.ask("clear");
  }

  #spawn(): ChildProcess {
    const [program, ...args] = [...this.#launch, ...command()];
    const child = spawn(program!, args, { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const answer = JSON.parse(line) as PeerAnswer & { n: number };
      this.#waiting.get(answer.n)?.(answer);
      this.#waiting.delete(answer.n);
    });
    this.#gone = new Promise((resolve) => child.once("exit", () => resolve()));
    child.once("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    return child;
  }
}
