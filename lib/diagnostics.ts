/**
 * Tells whoever listens what happens to connections, over the channels of `node:diagnostics_channel`.
 *
 * Theory of operation. Nothing here knows a platform: `lib/runtime/diagnostics.ts` opens the channels, a door puts them in
 * here (`useChannels`). Until then, and while nobody has subscribed, an event costs one look at `hasSubscribers`; its message
 * is made only when somebody hears it. Messages carry addresses, numbers and errors, never bytes of a conversation.
 *
 * @module
 */
import type { ConnectionEventMap, ConnectionOrigin, EventName } from "./connection_events.ts";
import type { Transport } from "./transport.ts";

/** Where a connection comes from, and its number. */
export interface Origin {
  readonly id: number;
  readonly origin: ConnectionOrigin;
}

/** What is used of a channel of `node:diagnostics_channel`. */
export interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

const NAMES: readonly EventName[] = [
  "dial",
  "dial-failed",
  "open",
  "first-byte",
  "drain",
  "drained",
  "half-close",
  "abort",
  "close",
];

let channels: Map<EventName, Channel> | undefined;
let lastId = 0;

/** Which connection a transport is to become, noted by a door while somebody listens. */
const origins = new WeakMap<Transport, Origin>();

/** From now on events go to these channels. */
export function useChannels(open: (name: string) => Channel): void {
  channels = new Map(NAMES.map((name) => [name, open(`hawser:connection:${name}`)]));
}

/** Whether there are channels already. */
export function hasChannels(): boolean {
  return channels !== undefined;
}

/** Whether somebody hears an event: ask before a message is made. */
export function listening(event: EventName): boolean {
  return channels !== undefined && channels.get(event)!.hasSubscribers;
}

/** Tells it. */
export function tell<Name extends EventName>(
  event: Name,
  message: ConnectionEventMap[`hawser:connection:${Name}`],
): void {
  channels!.get(event)!.publish(message);
}

/** A number that no connection has yet. */
export function newId(): number {
  return ++lastId;
}

/** Notes where the connection that is about to be made of a transport comes from. */
export function noteOrigin(transport: Transport, origin: ConnectionOrigin, id: number = newId()): void {
  if (somebodyListens()) origins.set(transport, { id, origin });
}

/** What was noted; otherwise it is new. */
export function originOf(transport: Transport): Origin {
  return (somebodyListens() ? origins.get(transport) : undefined) ?? { id: newId(), origin: "transport" };
}

function somebodyListens(): boolean {
  return NAMES.some(listening);
}
