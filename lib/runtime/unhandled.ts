/**
 * Rejections that nobody handles, on every runtime: for the testing kit.
 *
 * @module
 */

type Listener = (reason: unknown) => void;

interface ProcessEvents {
  listeners(name: "unhandledRejection"): Listener[];
  removeAllListeners(name: "unhandledRejection"): void;
  on(name: "unhandledRejection", listener: Listener): void;
  off(name: "unhandledRejection", listener: Listener): void;
}

/**
 * Gives every unhandled rejection to `tell`, and to nobody else, until the result is called.
 *
 * The listeners of a test runner are set aside meanwhile: it would blame the test that runs, and Node's default would end
 * the process. Only `bun test` cannot be kept from it: there the runner tells, and this does not.
 */
export function watchUnhandled(tell: (reason: unknown) => void): () => void {
  return typeof (globalThis as { Deno?: unknown }).Deno === "object" ? watchEvents(tell) : watchProcess(tell);
}

function watchEvents(tell: (reason: unknown) => void): () => void {
  const listener = (event: Event): void => {
    event.preventDefault();
    event.stopImmediatePropagation();
    tell((event as PromiseRejectionEvent).reason);
  };
  globalThis.addEventListener("unhandledrejection", listener);
  return () => globalThis.removeEventListener("unhandledrejection", listener);
}

function watchProcess(tell: (reason: unknown) => void): () => void {
  const { process } = globalThis as unknown as { process: ProcessEvents };
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", tell);
  return () => {
    process.off("unhandledRejection", tell);
    for (const other of others) process.on("unhandledRejection", other);
  };
}
