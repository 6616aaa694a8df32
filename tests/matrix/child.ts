/** The process of the half with the package: provokes conditions and prints what a caller is told. */
import {
  connect as connectTo,
  type Connection,
  type DialLimits,
  listen as listenOn,
  type Listener,
  serve as serveOn,
  type Server,
  type TcpAddress,
} from "../../mod.ts";
import type { Condition, Notes, Ours } from "./condition.ts";
import { pause, runCells } from "./run_cells.ts";
import { told, worded } from "./told.ts";

/** An operation that takes longer never settles. */
const PATIENCE = 5_000;

const NEVER = Symbol();

function half(condition: Condition, notes: Notes): { run(): Promise<void>; cleanUp(): Promise<void> } {
  const opened: (Connection | Listener | Server)[] = [];
  const runtime = notes.runtime === "deno-node" ? "node" : "auto";
  const { peer, note, hold } = notes;
  async function within<T>(work: Promise<T>): Promise<T | typeof NEVER> {
    let timer: ReturnType<typeof setTimeout>;
    const never = new Promise<typeof NEVER>((resolve) => timer = setTimeout(() => resolve(NEVER), PATIENCE));
    return await Promise.race([work, never]).finally(() => clearTimeout(timer));
  }
  const context: Ours = {
    ...notes,
    async connect(target, options: DialLimits = {}) {
      const connection = typeof target === "string"
        ? await connectTo(target, { runtime, ...options })
        : await connectTo({ runtime, ...target, ...options });
      opened.push(connection);
      return connection;
    },
    async listen(options) {
      const listener = await listenOn({ runtime, ...options });
      opened.push(listener);
      return listener;
    },
    async pair(options, over = "tcp") {
      if (over === "accepted") {
        const listener = await context.listen({ port: 0, ...options });
        const far = await peer.dial({ port: (listener.address as TcpAddress).port });
        const connection = await listener.accept();
        opened.push(connection);
        return { connection, far };
      }
      const path = over === "unix" ? notes.path("socket") : undefined;
      const { port } = await peer.listen(path === undefined ? {} : { path });
      const connection = await context.connect(path === undefined ? { port } : { path }, options);
      return { connection, far: await peer.accept() };
    },
    async serve(options, handler) {
      const server = await serveOn({ runtime, ...options }, handler);
      opened.push(server);
      return server;
    },
    async securePair(role, { tls = {}, options = {}, far: asked = {} } = {}) {
      const { ca, localhost } = notes.certificates();
      if (role === "server") {
        const listener = await context.listen({ port: 0, ...options, tls: { ...localhost, ...tls } });
        const accepting = hold(listener.accept());
        const far = await peer.dial({ port: (listener.address as TcpAddress).port });
        await peer.secure(far, { role: "client", ca, ...asked });
        const connection = await accepting;
        opened.push(connection);
        return { connection, far };
      }
      const { port } = await peer.listen();
      const trusting = { caCerts: [ca], serverName: "localhost", ...tls };
      const connecting = hold(context.connect({ port, ...options, tls: trusting }));
      const far = await peer.accept();
      await peer.secure(far, { role: "server", ...localhost, ...asked });
      return { connection: await connecting, far };
    },
    async step(name, work, options) {
      const settled = work.then((value) => told(value, options), (error: unknown) => {
        const words = worded(error, options);
        if (words !== undefined) notes.message(`${name}: ${words}`);
        return told(error, options);
      });
      const line = await within(settled);
      note(`${name}: ${line === NEVER ? "NEVER SETTLED" : line}`);
    },
    async closed(connection) {
      const outcome = await within(connection.closed);
      if (outcome === NEVER) return note("closed: NEVER SETTLED");
      note(`closed: ${outcome.clean ? "clean" : outcome.error === undefined ? "not clean" : outcome.error.reason}`);
    },
  };
  return {
    run: () => condition.ours(context),
    async cleanUp() {
      for (const one of opened) {
        if ("abort" in one) one.abort();
        else if ("shutdown" in one) await one.shutdown({ timeout: 1 });
        else await one.close();
      }
      await pause(0);
    },
  };
}

await runCells(half, told, 2_000);
