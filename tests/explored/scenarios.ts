/** Conversations of every kind, for the explorer to cut. */
import { conveniences } from "./conveniences.ts";
import { endings } from "./endings.ts";
import { limits } from "./limits.ts";
import { plain } from "./plain.ts";
import type { Explored } from "./rules.ts";
import { streams } from "./streams.ts";
import { timing } from "./timing.ts";

export const scenarios: readonly Explored[] = [...plain, ...timing, ...limits, ...endings, ...streams, ...conveniences];
