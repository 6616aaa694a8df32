/** Why a cell cannot be like the others. At most five kinds, or the promise "the same on every runtime" is none. */
export const IMPOSSIBLE = {
  "no-permissions": "The runtime runs without a permission model for the network, so no permission can be missing.",
  "no-reset": "Deno's own sockets cannot send an RST: an abort is a FIN there.",
  "deno-half-close":
    "Deno's node:net breaks a write that waits (EPIPE) when the peer half-closes. Deno's own sockets, the default, do not.",
  "not-told":
    "The runtime does not tell: Bun says that the peer refused, whatever the kernel says; accept loops but Deno's own do not say that they are out of descriptors, and that of Deno's node:net even stops for good.",
  "no-tls": "Bun's node:tls loses the end of a connection, so TLS is a TypeError there, before any I/O.",
} as const;

export type ImpossibleKind = keyof typeof IMPOSSIBLE;
