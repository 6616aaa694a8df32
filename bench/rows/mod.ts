/** Every row, in the order of the table. */
import type { Row } from "../row.ts";
import { controlRows } from "./control.ts";
import { frameRows } from "./frames.ts";
import { latencyRows } from "./latency.ts";
import { lineRows } from "./lines.ts";
import { memoryRows } from "./memory.ts";
import { receiveRows } from "./receive.ts";
import { sendRows } from "./send.ts";

export const ROWS: readonly Row[] = [
  ...receiveRows,
  ...sendRows,
  ...latencyRows,
  ...lineRows,
  ...frameRows,
  ...controlRows,
  ...memoryRows,
];
