/** Length-prefixed frames with this library. */
import { framed } from "@hawser/net";
import { lengthPrefixed } from "@hawser/net/codecs";
import { dial } from "../dial_hawser.ts";
import { run } from "../window.ts";

await run({
  async batches(task, window) {
    const frames = framed(await dial(task), lengthPrefixed());
    for await (const batch of frames.batches()) if (window.add(batch.length)) break;
  },
  async iterate(task, window) {
    const frames = framed(await dial(task), lengthPrefixed());
    for await (const frame of frames) if (window.add(frame.length === 0 ? 0 : 1)) break;
  },
  /** Lent frames live until the next one: one by one, without waiting while there are some. */
  async borrowed(task, window) {
    const frames = framed(await dial(task), lengthPrefixed({ borrow: true }));
    for (;;) {
      const frame = frames.tryReceive() ?? await frames.receive({ required: true });
      if (window.add(frame.length === 0 ? 0 : 1)) break;
    }
  },
});
