/**
 * Everything that can go wrong with a connection, ready to be put around one.
 *
 * @module
 */
export { acceptThenSilence } from "./accept_then_silence.ts";
export { blackhole } from "./blackhole.ts";
export { coalesce, type CoalesceOptions } from "./coalesce.ts";
export { compose } from "./compose.ts";
export { corruptAt } from "./corrupt_at.ts";
export { dropAt } from "./drop_at.ts";
export { dropTailAt } from "./drop_tail_at.ts";
export { duplicateAt } from "./duplicate_at.ts";
export { endAt } from "./end_at.ts";
export { failAt } from "./fail_at.ts";
export type { Fault, FaultDirection, FaultOptions, RandomFaultOptions } from "./flaw.ts";
export { halfCloseAt } from "./half_close_at.ts";
export { latency, type LatencyOptions } from "./latency.ts";
export { pauseAt } from "./pause_at.ts";
export { refuse } from "./refuse.ts";
export { resetAt } from "./reset_at.ts";
export { shortWrites } from "./short_writes.ts";
export { slice, type SliceOptions } from "./slice.ts";
export { slowClose } from "./slow_close.ts";
export { sometimes } from "./sometimes.ts";
export { stallAt } from "./stall_at.ts";
export { throttle } from "./throttle.ts";
export type { FaultTrigger } from "./trigger.ts";
