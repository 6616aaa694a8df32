/** What the `npm:` entries of the import map in `deno.json` are called on Node. */

const ENTRY = /^npm:(?<name>(?:@[^/]+\/)?[^/@]+)@(?<version>[^/]+)(?<path>\/.*)?$/;

/** `@std/async/retry` → `deno-std/async/retry.js`, for every entry. */
export function npmSpecifiers(imports: Record<string, string>): Map<string, string> {
  return new Map(
    Object.entries(imports).map(([name, target]) => {
      const entry = parse(target);
      return [name, entry.name + entry.path];
    }),
  );
}

/** `deno-std` → `1.4.0`, for every package. */
export function npmVersions(imports: Record<string, string>): Map<string, string> {
  return new Map(Object.values(imports).map(parse).map(({ name, version }) => [name, version]));
}

function parse(target: string): { name: string; version: string; path: string } {
  const groups = ENTRY.exec(target)?.groups;
  if (!groups) throw new Error(`Cannot read the import map entry "${target}": want npm:name@version[/path]`);
  return { name: groups.name!, version: groups.version!, path: groups.path ?? "" };
}
