/** Shows a TLS server a certificate whose authority the runtime trusts by itself, but the server does not; prints why not. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { connect, serve } from "../../mod.ts";

const [runtime, folder] = process.argv.slice(2) as ["deno" | "node", string];
const read = (name: string): string => readFileSync(`${folder}/${name}`, "utf8");
const identity = { cert: read("cert.pem"), key: read("key.pem") };
let told: (error: unknown) => void = () => {};
const refused = new Promise<unknown>((resolve) => told = resolve);
const tls = { ...identity, caCerts: [read("asked.pem")] };
await using server = await serve({ port: 0, runtime, tls, onError: told }, () => told("taken"));
const { port } = server.address as { port: number };
// It trusts the server by the runtime's own authorities: they are as this test wants them.
await using _client = await connect({
  hostname: "127.0.0.1",
  port,
  runtime,
  tls: { serverName: "localhost", ...identity },
});
console.log(String(await refused));
