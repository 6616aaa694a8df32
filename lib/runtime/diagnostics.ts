/**
 * The channels of `node:diagnostics_channel`.
 *
 * @module
 */
import type { Channel } from "../diagnostics.ts";

/** Opens a channel by its name. */
export type OpenChannel = (name: string) => Channel;

interface Process {
  getBuiltinModule?(name: string): { channel: OpenChannel } | undefined;
}

/**
 * Where the channels are to be had at once, for nothing.
 *
 * @returns `undefined` on Deno, also where it runs as Node: to look at `process` there loads everything of Node's that it has,
 * for 50 ms and more, and a program that needs none of it should not pay for it.
 */
export function channelsAtHand(): OpenChannel | undefined {
  const scope = globalThis as { Deno?: unknown; process?: Process };
  if (scope.Deno !== undefined) return undefined;
  return scope.process?.getBuiltinModule?.("node:diagnostics_channel")?.channel;
}

/** Loads them. */
export async function loadChannels(): Promise<OpenChannel> {
  return (await import("node:diagnostics_channel")).channel;
}
