/** What the demo and its server agreed on. */

/** The first line of a connection: what the server is to do with it. */
export type Scene =
  | "download"
  | "upload"
  | "reset"
  | "half a message"
  | "leave"
  | "silent"
  | "deaf"
  | "slow line"
  | "echo";

/** What the server tells about a download when it is done. */
export interface DownloadReceipt {
  readonly sha256: string;
  /** Milliseconds that the sender was stopped, because the receiver was slower. */
  readonly heldBack: number;
}

/** How long the announced message is, and how much of it comes before the server is killed. */
export const MESSAGE = { announced: 1_048_576, sent: 300_000 } as const;

/** The line that the server says slowly, and how many heartbeats it waits for in the middle of it. */
export const SLOW_LINE = { halves: ["temperature ", "21.5 °C"], heartbeats: 3 } as const;
