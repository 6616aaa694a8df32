/** A server of reports, written with `node:net` alone: it owes nothing to the package it is to show. */
import { createServer, type Server, type Socket } from "node:net";

/** Every character is three bytes, and no chunk of a network knows where one begins. */
const REPORT = "€".repeat(1_000_000);
const BYTES = new TextEncoder().encode(REPORT);

/** What the server does with a request. */
export interface Behaviour {
  readonly title: string;
  answer(socket: Socket): void;
}

/** Days that every server has. */
export const DAYS: readonly Behaviour[] = [
  {
    title: "the server sends the report",
    answer(socket) {
      socket.write(`${BYTES.length}\n`);
      socket.end(BYTES);
    },
  },
  {
    title: "the server is restarted half-way",
    answer(socket) {
      socket.write(`${BYTES.length}\n`);
      socket.end(BYTES.subarray(0, BYTES.length / 2)); // What a kernel does for a process that was killed.
    },
  },
  {
    title: "the server says nothing",
    answer() {},
  },
];

/** Whether this is what the server has. */
export function isTheReport(text: string): boolean {
  return text === REPORT;
}

/** Whether much of it is missing; characters that were broken make a text longer. */
export function isCut(text: string): boolean {
  return text.length < 0.75 * REPORT.length;
}

/** Answers each request as that day has it; `close` ends what is still open. */
export async function startServer(day: Behaviour): Promise<{ port: number; close(): Promise<void> }> {
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => {}); // A client that gives up may reset; that is its right.
    socket.once("data", () => day.answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const close = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port, close };
}
