/** What a user may write: type checked against the packed package, with a compiler and settings of theirs. */
import { connect, type Connection, ConnectionAbortedError, framed } from "@hawser/net";
import { lines } from "@hawser/net/codecs";
import { connectionPair } from "@hawser/net/testing";

/** What was read goes wherever the platform takes bytes, without a cast. */
export async function results({ reader, readable }: Connection): Promise<unknown[]> {
  const bytes = await reader.readAll();
  const unzipped = readable.pipeThrough(new DecompressionStream("gzip"));
  return [await crypto.subtle.digest("SHA-256", bytes), new Response(bytes), new Blob([bytes]), new Response(unzipped)];
}

/** A connection is made by the package: something of the same shape is none. */
export function isNoShape(shape: { [Key in keyof Connection]: Connection[Key] }): Connection {
  // @ts-expect-error: `#private` is missing.
  return shape;
}

export async function firstLine(port: number): Promise<string | undefined> {
  try {
    await using connection = await connect({ port });
    return await framed(connection, lines()).receive();
  } catch (error) {
    if (!(error instanceof ConnectionAbortedError)) throw error;
    return error.partial && new TextDecoder().decode(error.partial);
  }
}

export const local: Connection = connectionPair().local;
