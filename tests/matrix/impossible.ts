/** Why a cell cannot be like the others. At most five kinds, or the promise "the same on every runtime" is none. */
export const IMPOSSIBLE = {
  "no-permissions": "The runtime has no permission model, so no permission can be missing.",
} as const;

export type ImpossibleKind = keyof typeof IMPOSSIBLE;
