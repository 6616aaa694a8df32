import { Deadline } from "./clock.ts";
import { failureOfBound } from "./failure.ts";
import type { Lifetime } from "./lifetime.ts";

/**
 * Sends the end of stream, when everything was taken; `false` when that failed and the connection is over.
 *
 * A wait like that of any write: a half-close can hang, too, on every runtime.
 */
export async function halfClose(lifetime: Lifetime): Promise<boolean> {
  const { writeTimeout } = lifetime.options;
  const due = (): void => lifetime.cut(failureOfBound("writeTimeout", writeTimeout), "closeWrite");
  const deadline = new Deadline(due, undefined, lifetime);
  deadline.arm(writeTimeout);
  try {
    await lifetime.transport.closeWrite();
    return true;
  } catch (error) {
    lifetime.lose(error, "closeWrite");
    return false;
  } finally {
    deadline.dispose();
  }
}
