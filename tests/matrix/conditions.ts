/** Every row of the matrix, in the order in which it is printed. */
import process from "node:process";
import type { Condition } from "./condition.ts";
import { dials } from "./conditions/dials.ts";
import { ends } from "./conditions/ends.ts";
import { exhausted } from "./conditions/exhausted.ts";
import { gone } from "./conditions/gone.ts";
import { listening } from "./conditions/listening.ts";
import { local } from "./conditions/local.ts";
import { names } from "./conditions/names.ts";
import { resets } from "./conditions/resets.ts";
import { routes } from "./conditions/routes.ts";
import { signals } from "./conditions/signals.ts";
import { silences } from "./conditions/silences.ts";
import { timeouts } from "./conditions/timeouts.ts";
import { tlsCertificates } from "./conditions/tls_certificates.ts";
import { tlsHandshakes } from "./conditions/tls_handshakes.ts";
import { tlsStreams } from "./conditions/tls_streams.ts";
import { tlsCuts } from "./conditions/tls_cuts.ts";

/** For the test of the matrix itself: one row that no runtime can satisfy. */
const WRONG: Condition = {
  id: "wrong",
  title: "an expectation that is wrong",
  group: "The matrix itself",
  expected: ["read: what nobody says"],
  ours: ({ step }) => step("read", Promise.resolve()),
  raw: () => Promise.resolve(),
};

const all: readonly Condition[] = [
  ...dials,
  ...names,
  ...routes,
  ...ends,
  ...resets,
  ...gone,
  ...silences,
  ...local,
  ...timeouts,
  ...signals,
  ...listening,
  ...exhausted,
  ...tlsCertificates,
  ...tlsHandshakes,
  ...tlsCuts,
  ...tlsStreams,
];

export const conditions: readonly Condition[] = process.env["MATRIX_SELF_CHECK"] === undefined ? all : [WRONG];
