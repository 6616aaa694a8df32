/** Whether two frames are the same: by value, as deep as it goes. `-0` is 0, since JSON has only one of them. */
export function sameFrame(a: unknown, b: unknown): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b)) return sameBytes(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (a instanceof Map && b instanceof Map) return sameFrame([...a], [...b]);
  if (a instanceof Set && b instanceof Set) return sameFrame([...a], [...b]);
  const names = Object.keys(a);
  return names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameFrame(Reflect.get(a, name), Reflect.get(b, name)));
}

/** Every kind of view on the same bytes: a Node `Buffer` that was sent is a `Uint8Array` when it comes back. */
function sameBytes(a: object, b: object): boolean {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.byteLength !== b.byteLength) return false;
  const [left, right] = [a, b].map((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return left!.every((byte, i) => byte === right![i]);
}
