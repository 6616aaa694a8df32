/**
 * A client for a ledger: a server that keeps accounts and speaks in lines.
 *
 *     ledger 1                  the server greets
 *     login ada
 *     ok
 *     balance rent
 *     250
 *     note paid in full         no answer: it is only written down
 *
 * It reads well, its tests pass, and it has four mistakes. Each is a switch here, so that you can see what is wrong, what
 * is right, and that the abort explorer finds just that one (`main.ts`).
 */
import type { Connection } from "@hawser/net";

/** What is wrong with a client; nothing by default. */
export interface Mistakes {
  /**
   * A slow answer is given up with `keepOpen`, and the next question is asked on the same connection. The answer comes
   * after all, and is taken for that of the next question: Ada sees what Bob has.
   */
  readsOnAfterTimeout?: boolean;
  /** "Old servers forget the last newline": so the first half of `250` is a balance of 2, if the server dies in between. */
  takesCutLines?: boolean;
  /**
   * A note is not worth waiting for, and neither is what goes wrong while hanging up: both errors are caught, so that
   * nobody is bothered, and nobody learns that the note is lost. (Without the second catch, `close()` would have told.)
   */
  dropsWriteErrors?: boolean;
  /** A greeting that is none throws before anybody has thought of closing. */
  leaksOnFailedHandshake?: boolean;
}

/** The server speaks, but not as a ledger should. */
export class LedgerError extends Error {
  override name = "LedgerError";
}

/** How long a ledger may think, in ms. */
const PATIENCE = 1_000;

/** One login at a ledger. */
export class LedgerClient implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #mistakes: Mistakes;

  private constructor(connection: Connection, mistakes: Mistakes) {
    this.#connection = connection;
    this.#mistakes = mistakes;
  }

  /** Dials and logs in. */
  static async open(dial: () => Promise<Connection>, user: string, mistakes: Mistakes = {}): Promise<LedgerClient> {
    const connection = await dial();
    const client = new LedgerClient(connection, mistakes);
    if (mistakes.leaksOnFailedHandshake) {
      await client.#greet(user);
      return client;
    }
    try {
      await client.#greet(user);
      return client;
    } catch (error) {
      connection.abort(error);
      throw error;
    }
  }

  /** What an account holds; `undefined` when the ledger is too slow today. */
  async balance(account: string): Promise<number | undefined> {
    await this.#connection.writer.write(`balance ${account}\n`);
    const answer = await (this.#mistakes.readsOnAfterTimeout ? this.#answerOrNothing() : this.#answer());
    return answer === undefined ? undefined : Number(answer);
  }

  /** Leaves a note. */
  async note(text: string): Promise<void> {
    const { writer } = this.#connection;
    if (this.#mistakes.dropsWriteErrors) {
      writer.write(`note ${text}\n`).catch(() => {});
      return;
    }
    await writer.write(`note ${text}\n`);
    await writer.flush();
  }

  /** Hangs up in order. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closing = this.#connection.close();
    await (this.#mistakes.dropsWriteErrors ? closing.catch(() => {}) : closing);
  }

  async #greet(user: string): Promise<void> {
    const greeting = await this.#connection.reader.readLine({ timeout: PATIENCE });
    if (greeting !== "ledger 1") throw new LedgerError(`Cannot talk to this server: it greets with ${greeting}`);
    await this.#connection.writer.write(`login ${user}\n`);
    const answer = await this.#answer();
    if (answer !== "ok") throw new LedgerError(`Cannot log in as ${user}: the ledger says ${answer}`);
  }

  /** Given up, it ends the connection, unless it is kept open: the answer may still be on its way. */
  async #answer(keepOpen = false): Promise<string> {
    const { takesCutLines: allowUnterminated = false } = this.#mistakes;
    return await this.#connection.reader.readLine({ timeout: PATIENCE, required: true, allowUnterminated, keepOpen });
  }

  async #answerOrNothing(): Promise<string | undefined> {
    try {
      return await this.#answer(true);
    } catch (error) {
      if (error instanceof DOMException && error.name === "TimeoutError") return undefined;
      throw error;
    }
  }
}
