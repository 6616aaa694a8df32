/** Listens to the channels about connections. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type ConnectionEventMap, enableDiagnostics } from "../mod.ts";
import type { EventName } from "../lib/connection_events.ts";

const NAMES: readonly EventName[] = [
  "dial",
  "dial-failed",
  "open",
  "first-byte",
  "drain",
  "drained",
  "half-close",
  "abort",
  "close",
];

/** What was told, in order. */
export class Heard implements Disposable {
  readonly all: { name: EventName; message: { id: number } }[] = [];
  readonly #subscriptions: (readonly [name: string, listener: (message: unknown) => void])[];

  private constructor(names: readonly EventName[]) {
    this.#subscriptions = names.map((name) => {
      return [`hawser:connection:${name}`, (message) => this.all.push({ name, message: message as { id: number } })];
    });
    for (const [name, listener] of this.#subscriptions) subscribe(name, listener);
  }

  /** Everything, or some of it. */
  static async listen(names: readonly EventName[] = NAMES): Promise<Heard> {
    await enableDiagnostics();
    return new Heard(names);
  }

  /** The names of what was told of one connection. */
  of(id: number): string[] {
    return this.all.filter(({ message }) => message.id === id).map(({ name }) => name);
  }

  /** The messages of one name. */
  messages<Name extends EventName>(wanted: Name): ConnectionEventMap[`hawser:connection:${Name}`][] {
    return this.all.filter(({ name }) => name === wanted)
      .map(({ message }) => message as ConnectionEventMap[`hawser:connection:${Name}`]);
  }

  [Symbol.dispose](): void {
    for (const [name, listener] of this.#subscriptions) unsubscribe(name, listener);
  }
}
