/**
 * Everything that can go wrong with a connection, ready to be put around one.
 *
 * @module
 */
export type { Fault, FaultDirection, FaultOptions, RandomFaultOptions } from "./flaw.ts";
export { resetAt } from "./reset_at.ts";
export { slice, type SliceOptions } from "./slice.ts";
export { stallAt } from "./stall_at.ts";
export type { FaultTrigger } from "./trigger.ts";
