/** The process of the half without the package: provokes conditions and prints what the runtime itself says. */
import type { Condition, Notes, Raw } from "./condition.ts";
import { rawSecureDial, rawSecureListen } from "./raw_tls.ts";
import { bePatient, rawDial, rawListen, type RawListener, type RawSocket } from "./raw_socket.ts";
import { pause, runCells } from "./run_cells.ts";
import { rawTold } from "./told.ts";

function half(condition: Condition, notes: Notes): { run(): Promise<void>; cleanUp(): Promise<void> } {
  if (condition.together) bePatient();
  const native = notes.runtime === "deno";
  const opened: (RawSocket | RawListener)[] = [];
  let over = false;
  const note = (line: string): void => {
    if (!over) notes.note(line);
  };
  const context: Raw = {
    ...notes,
    async dial(address, signal) {
      const socket = await rawDial(native, address, note, signal);
      if (socket !== undefined) opened.push(socket);
      return socket;
    },
    async listen(address) {
      const listener = await rawListen(native, address, note);
      if (listener !== undefined) opened.push(listener);
      return listener;
    },
    async pair(how = "tcp") {
      if (how === "accepted") {
        const listener = await context.listen({ port: 0 });
        const accepting = listener!.accept();
        const far = await notes.peer.dial({ port: listener!.port });
        const socket = await accepting;
        if (socket !== undefined) opened.push(socket);
        return { socket: socket!, far };
      }
      const path = how === "unix" ? notes.path("socket") : undefined;
      const { port } = await notes.peer.listen(path === undefined ? {} : { path });
      const socket = await context.dial(path === undefined ? { port } : { path });
      return { socket: socket!, far: await notes.peer.accept() };
    },
    async secureDial(how) {
      const socket = await rawSecureDial(native, how, note);
      if (socket !== undefined) opened.push(socket);
      return socket;
    },
    async secureListen(identity) {
      const listener = await rawSecureListen(native, identity, note);
      opened.push(listener);
      return listener;
    },
    async securePair(role, asked = {}) {
      const { ca, localhost } = notes.certificates();
      if (role === "server") {
        const listener = await context.secureListen(localhost);
        const accepting = listener.accept();
        const far = await notes.peer.dial({ port: listener.port });
        await notes.peer.secure(far, { role: "client", ca, ...asked });
        const socket = await accepting;
        if (socket !== undefined) opened.push(socket);
        return { socket: socket!, far };
      }
      const { port } = await notes.peer.listen();
      const dialling = notes.hold(context.secureDial({ port, ca }));
      const far = await notes.peer.accept();
      await notes.peer.secure(far, { role: "server", ...localhost, ...asked });
      return { socket: (await dialling)!, far };
    },
  };
  return {
    run: () => condition.raw(context),
    async cleanUp() {
      await pause(20); // For events that come behind.
      over = true;
      for (const one of opened) one.close();
    },
  };
}

await runCells(half, rawTold, 100);
