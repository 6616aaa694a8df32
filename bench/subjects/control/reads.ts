/** Reads of 64 bytes, bare and guarded in several ways: by this library's timeout and signals, and by others'. */
import type { Connection, ConnectionOptions } from "@hawser/net";
import { connectionPair } from "@hawser/net/testing";
import { abortable } from "@std/async/abortable";
import { deadline } from "@std/async/deadline";
import { dial } from "../dial_hawser.ts";
import { run, type Way } from "../window.ts";
import { inTurn, type Operation } from "./in_turn.ts";
import { perOperation } from "./per_operation.ts";

const message = new Uint8Array(64).fill(7);
/** What nothing here ever takes. */
const LONG = 30_000;

type Read = (connection: Connection) => Promise<unknown>;
const bare: Read = ({ reader }) => reader.readExactly(64);

/** A read that waits, and is answered from memory. */
function waiting(read: Read, options?: ConnectionOptions): Operation {
  const { local, peer } = connectionPair(options);
  return async () => {
    const reading = read(local);
    void peer.writer.write(message);
    void peer.writer.flush();
    await reading;
  };
}

/** A read whose bytes are here; refilled, which costs the same in every way, once in 1,000. */
function here(read: Read): Operation {
  const { local, peer } = connectionPair();
  return async () => {
    if (local.reader.bufferedBytes < 64) {
      void peer.writer.write(new Uint8Array(64_000));
      await local.reader.ready();
    }
    await read(local);
  };
}

const lasting = new AbortController().signal;
const withSignal: Read = ({ reader }) => reader.readExactly(64, { signal: lasting });
const withAbortable: Read = (connection) => abortable(bare(connection), lasting);
const armed = (): ConnectionOptions => ({ readTimeout: LONG, signal: new AbortController().signal });

const compare = (make: (read: Read) => Operation, read: Read): Way => (task) => inTurn(task, make(bare), make(read));

await run({
  /** C1 on a real socket. */
  async trips(task) {
    const trip = async (options?: ConnectionOptions): Promise<Operation> => {
      const { reader, writer } = await dial(task, options);
      return async () => {
        await writer.write(message);
        await reader.readExactly(64);
      };
    };
    return inTurn(task, await trip(), await trip(armed()));
  },
  /** C1 in memory, where nothing hides what it costs. */
  async armed(task) {
    const outcome = await inTurn(task, waiting(bare), waiting(bare, armed()));
    return { ...outcome, also: { ...outcome.also, ...await perOperation(waiting(bare, armed())) } };
  },
  timeoutSignal: compare(waiting, ({ reader }) => reader.readExactly(64, { signal: AbortSignal.timeout(LONG) })),
  deadline: compare(waiting, (connection) => deadline(bare(connection), LONG)),

  /** C2. */
  async signalWaiting(task) {
    const outcome = await inTurn(task, waiting(bare), waiting(withSignal));
    return { ...outcome, also: { ...outcome.also, ...await perOperation(waiting(withSignal)) } };
  },
  async signalHere(task) {
    const outcome = await inTurn(task, here(bare), here(withSignal));
    return { ...outcome, also: { ...outcome.also, ...await perOperation(here(withSignal)) } };
  },
  abortableWaiting: compare(waiting, withAbortable),
  abortableHere: compare(here, withAbortable),
});
