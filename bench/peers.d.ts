/** Types of the peers that have none. */

declare module "split2" {
  import type { Transform } from "node:stream";
  export default function split2(): Transform;
}

declare module "binary-split" {
  import type { Transform } from "node:stream";
  export default function split(splitOn?: string): Transform;
}
