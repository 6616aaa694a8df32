/** The certificates of the tests as files, for programs. */
import { writeFile } from "node:fs/promises";
import { certificates } from "./certificates.ts";
import { temporaryFolder } from "./raw_peers.ts";

/** Where they are: an authority, and what it has signed for 127.0.0.1. Removed at the end of the block. */
export interface PemFiles extends AsyncDisposable {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export async function pemFiles(): Promise<PemFiles> {
  const { ca, loopback } = certificates();
  const folder = await temporaryFolder();
  const written = async (name: string, text: string): Promise<string> => {
    await writeFile(folder.path(name), text);
    return folder.path(name);
  };
  return {
    ca: await written("ca.pem", ca),
    cert: await written("cert.pem", loopback.cert),
    key: await written("key.pem", loopback.key),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
