/**
 * The Transport contract over every kind of transport that this runtime has, each end.
 */
import { checkTransport } from "../lib/testing/mod.ts";
import { test } from "./harness.ts";
import { exchanged, transportMakers } from "./transport_makers.ts";

/** Far longer than any of them takes, also on a machine that does something else. */
const timeout = 30_000;

for (const maker of transportMakers) {
  for (const { name: kind, make } of maker.symmetric ? [maker] : [maker, exchanged(maker)]) {
    for (const { name, run } of checkTransport(make, { timeout })) test(`transport: ${kind}: ${name}`, run);
  }
}
