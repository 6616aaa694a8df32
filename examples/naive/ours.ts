import { connect } from "@hawser/net";

/** The same with Hawser. */
export async function fetchReport(port: number): Promise<string> {
  await using connection = await connect({ port, readTimeout: 500 });
  await connection.writer.write("report\n");
  const size = Number(await connection.reader.readLine({ required: true }));
  return new TextDecoder().decode(await connection.reader.readExactly(size));
}
