import { Change } from "./change.ts";

/** A part of a connection that hears once that it is over: its timers and listeners go. */
export interface Part {
  dispose(): void;
}

/** The reading half, as the lifetime of its connection sees it. */
export interface Input extends Part {
  /** Wakes what waits, to look at the state again. */
  readonly change: Change;
  /** Reads what has arrived after a write failed. */
  salvage(): Promise<void>;
  /** Counts and drops the unread input. */
  dropUnread(): void;
}

/** The writing half. */
export interface Output extends Part {
  /** Wakes what waits, to look at the state again. */
  readonly change: Change;
  /** Sends gathered small writes, before a read waits. */
  pump(): void;
  /** Sends what was accepted, then FIN; never rejects. */
  endWriting(): Promise<void>;
}

/** In place of a half that is not there yet. */
export const NOBODY: Input & Output = {
  change: new Change(),
  salvage: () => Promise.resolve(),
  dropUnread: () => {},
  pump: () => {},
  endWriting: () => Promise.resolve(),
  dispose: () => {},
};
