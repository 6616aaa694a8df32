/**
 * A promise that knows whether anybody looked at it.
 *
 * A write that nobody awaits must neither crash the process (an unhandled rejection) nor lose its error in silence: then
 * `close()` has to report it. So the writer must know whether a rejection was seen.
 *
 * Theory of operation. `await`, `then`, `Promise.all` and kin all read `promise.constructor` first (PromiseResolve and
 * SpeciesConstructor of ECMA-262). A subclass with an accessor there is told, and answers `Promise`, so the engine goes on
 * with this very promise: no extra turn, and the async stack trace still leads to the line that awaits. An own property on
 * a plain promise would do the same, but V8 then gives up its fast path for every promise of the process.
 *
 * @module
 */

class ObservedPromise extends Promise<void> {
  /** Called once when a rejection has been, or will be, seen by somebody. */
  onSeen: (() => void) | undefined;

  // deno-lint-ignore no-explicit-any
  override get ["constructor"](): any {
    this.onSeen?.();
    return Promise;
  }
}

/**
 * Makes a rejected promise a handled one, unseen: it is not lost, `close()` reports what nobody has looked at. Not sooner:
 * V8 follows a promise to the line that awaits it only while nobody else waits.
 */
function handle(promise: ObservedPromise): void {
  const { onSeen } = promise;
  promise.onSeen = undefined;
  promise.catch(() => {});
  promise.onSeen = onSeen;
}

/**
 * `work`, which is never an unhandled rejection; `onReported` is called when it has rejected and somebody awaits it, in
 * either order.
 */
export function observed(work: Promise<void>, onReported: () => void): Promise<void> {
  let seen = false;
  let failed = false;
  const promise = new ObservedPromise((resolve, reject) => {
    work.then(resolve, (error) => {
      failed = true;
      if (seen) onReported();
      reject(error);
      handle(promise);
    });
  });
  promise.onSeen = (): void => {
    seen = true;
    if (failed) onReported();
  };
  return promise;
}
