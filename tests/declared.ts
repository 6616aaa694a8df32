/** Tests that are collected instead of run: what `node_runner.ts` and `harness.ts` know of each other. */

/** Both spellings, since Deno reads `ignore` and Node reads `skip`. */
export interface TestOptions {
  ignore?: boolean;
  skip?: boolean;
}

export type Body = () => void | Promise<void>;

export interface Declared {
  readonly name: string;
  readonly options: TestOptions;
  readonly body: Body;
}

type Collector = (name: string, ...rest: [Body] | [TestOptions, Body]) => void;

let collecting: Collector | undefined;

/** From now on the harness puts tests into `declared`. */
export function collectInto(declared: Declared[]): void {
  collecting = (name, ...rest) => {
    const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest;
    declared.push({ name, options, body });
  };
}

/** What declares a test while they are collected. */
export function collector(): Collector | undefined {
  return collecting;
}
