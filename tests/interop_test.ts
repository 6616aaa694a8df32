/**
 * The real `@std/async` and `@std/streams`, and Node's streams, over connections of ours: what users will put around
 * them must work, and must not hang on a peer that is quiet.
 */
import "./interop/async.ts";
import "./interop/duplex.ts";
import "./interop/streams.ts";
