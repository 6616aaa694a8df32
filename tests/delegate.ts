import { WrappedTransport } from "../lib/testing/wrapped_transport.ts";
import type { Transport } from "../mod.ts";

/** What a test does differently. */
export type Overrides = Partial<Pick<Transport, "read" | "write" | "closeWrite" | "release" | "abort">>;

/** A transport around another one, with some of its methods replaced. */
export class Delegate extends WrappedTransport {
  constructor(inner: Transport, overrides: Overrides) {
    super(inner);
    Object.assign(this, overrides);
  }
}
