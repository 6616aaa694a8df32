/** Bytes as they come, with this library. */
import { dial } from "../dial_hawser.ts";
import { run, type Way } from "../window.ts";

const chunks = (borrow: boolean): Way => async (task, window) => {
  const { reader } = await dial(task);
  for await (const chunk of reader.chunks(undefined, { borrow })) {
    if (window.add(chunk.length / task.record)) break;
  }
};

await run({ owned: chunks(false), borrowed: chunks(true) });
