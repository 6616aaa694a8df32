/**
 * A name server that knows four names, for the far machine of a `network()`:
 *
 * - `missing.test` does not exist (NXDOMAIN);
 * - `empty.test` exists and has no address;
 * - `broken.test` cannot be looked up for now (SERVFAIL);
 * - `silent.test` is never answered.
 *
 * Started as `name_server.ts ADDRESS`; prints one line when it listens.
 */
import { createSocket } from "node:dgram";
import process from "node:process";

/** The names, and the response code of RFC 1035 for each; `undefined` is silence. */
const ANSWERS: Record<string, number | undefined> = { missing: 3, empty: 0, broken: 2, silent: undefined };

/** A header is twelve bytes, then comes the question: the first label of its name tells which answer is wanted. */
const HEADER = 12;

const [address] = process.argv.slice(2);
const socket = createSocket("udp4");
socket.on("message", (query, from) => {
  const label = new TextDecoder().decode(query.subarray(HEADER + 1, HEADER + 1 + query[HEADER]!));
  const code = ANSWERS[label];
  if (code !== undefined) socket.send(answer(query, code), from.port, from.address);
});
socket.bind(53, address, () => console.log("listening"));

/** The question again, as an answer without records. */
function answer(query: Uint8Array, code: number): Uint8Array {
  const copy = query.slice();
  copy[2] = 0x81; // A response; recursion was desired.
  copy[3] = 0x80 | code; // Recursion is available.
  copy.fill(0, 6, HEADER); // No answers, no authorities; the additional record of the question is not repeated.
  return copy.subarray(0, questionEnd(copy));
}

/** Behind the labels come the zero and two bytes each of type and class. */
function questionEnd(query: Uint8Array): number {
  let at = HEADER;
  while (query[at] !== 0) at += query[at]! + 1;
  return at + 5;
}
