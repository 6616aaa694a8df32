/** Bytes on a connection that was accepted, with this library: the far end dials. */
import { listen } from "@hawser/net";
import { dial } from "../dial_hawser.ts";
import { run, type Way } from "../window.ts";

const chunks = (borrow: boolean): Way => async (task, window) => {
  const listener = await listen({ port: 0 });
  const { port } = listener.address as { port: number };
  await dial({ ...task, feed: `dial ${port}` });
  const { reader } = await listener.accept();
  for await (const chunk of reader.chunks(undefined, { borrow })) if (window.add(chunk.length)) break;
};

await run({ owned: chunks(false), borrowed: chunks(true) });
