/** Lint rules of this project: what `lib/` must not contain, shown in the editor while you type. */

const root = new URL("../", import.meta.url).pathname;

/** The path below the repository root, or null for a file that is not in `lib/`. */
function pathInLib(filename: string): string | null {
  return filename.startsWith(`${root}lib/`) ? filename.slice(root.length) : null;
}

const isPlatform = (path: string): boolean => path.startsWith("lib/runtime/");

const noUsing: Deno.lint.Rule = {
  create(context) {
    if (pathInLib(context.filename) === null) return {};
    return {
      VariableDeclaration(node) {
        if (node.kind !== "using" && node.kind !== "await using") return;
        context.report({ node, message: "`using` in lib/: Node 20 and 22 cannot parse it. Write try/finally." });
      },
    };
  },
};

const noPlatform: Deno.lint.Rule = {
  create(context) {
    const path = pathInLib(context.filename);
    if (path === null || isPlatform(path)) return {};
    return {
      MemberExpression(node) {
        if (node.object.type !== "Identifier" || node.object.name !== "Deno") return;
        context.report({ node, message: "`Deno` outside lib/runtime/: only a platform may name one." });
      },
    };
  },
};

const noDependency: Deno.lint.Rule = {
  create(context) {
    const path = pathInLib(context.filename);
    if (path === null) return {};
    const check = (source: unknown, node: Deno.lint.Node) => {
      if (typeof source !== "string" || source.startsWith("./") || source.startsWith("../")) return;
      if (source.startsWith("node:") && isPlatform(path)) return;
      context.report({
        node,
        message: `Import of "${source}" in lib/: it has no dependency, and platforms live in lib/runtime/.`,
      });
    };
    return {
      ImportDeclaration: (node) => check(node.source.value, node),
      ExportNamedDeclaration: (node) => node.source && check(node.source.value, node),
      ExportAllDeclaration: (node) => check(node.source.value, node),
      ImportExpression: (node) => node.source.type === "Literal" && check(node.source.value, node),
    };
  },
};

const plugin: Deno.lint.Plugin = {
  name: "hawser",
  rules: { "no-using": noUsing, "no-platform": noPlatform, "no-dependency": noDependency },
};

// The linter loads a plugin from its default export; everywhere else in this project there is none.
export default plugin;
