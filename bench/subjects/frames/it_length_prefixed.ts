/** Length-prefixed frames with it-length-prefixed. */
import { decode, type LengthDecoderFunction } from "it-length-prefixed";
import { dial } from "../dial_node.ts";
import { run } from "../window.ts";

const fourBytes: LengthDecoderFunction = (data) => data.getUint32(0);
fourBytes.bytes = 4;

await run({
  /** `slice()` turns its list into bytes, as its documentation does. */
  async iterate(task, window) {
    for await (const frame of decode(await dial(task), { lengthDecoder: fourBytes })) {
      if (window.add(frame.slice().length === 0 ? 0 : 1)) break;
    }
  },
});
