/** Dials each place over TLS as "localhost", trusting one more authority, and prints what is echoed. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { connect, type ConnectOptions } from "../../mod.ts";

const [runtime, authority, ...places] = process.argv.slice(2);
const tls = { serverName: "localhost", caCerts: [readFileSync(authority!, "utf8")] };
for (const place of places) {
  const [hostname, port] = place.split(":");
  const options = { hostname, port: Number(port), runtime, tls } as ConnectOptions;
  try {
    await using connection = await connect(options);
    await connection.writer.write("hello\n");
    console.log(await connection.reader.readLine());
  } catch (error) {
    console.log(String(error));
  }
}
