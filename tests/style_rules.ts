/**
 * The rules of `style_test.ts` that look at one file: each takes a parsed source and returns what is wrong, with line
 * numbers.
 */
import ts from "typescript";

export type Rule = (file: ts.SourceFile) => string[];

export const MAX_FILE_LINES = 200;
export const MAX_FUNCTION_LINES = 60;

/**
 * Missing in Node 20. What only a type checker can see (iterator helpers, set methods) is up to `deno task
 * check:node20`.
 */
const NOT_IN_NODE_20 = new Set([
  "SuppressedError",
  "DisposableStack",
  "AsyncDisposableStack",
  "Iterator",
  "WebSocket",
  "navigator",
  "Promise.withResolvers",
  "Promise.try",
  "Array.fromAsync",
  "Object.groupBy",
  "Map.groupBy",
  "Error.isError",
  "Uint8Array.fromBase64",
  "Uint8Array.fromHex",
]);

export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

export const noUsing: Rule = (file) =>
  find(file, (node) => {
    if (!ts.isVariableDeclarationList(node)) return null;
    const kind = node.flags & ts.NodeFlags.BlockScoped;
    return kind === ts.NodeFlags.Using || kind === ts.NodeFlags.AwaitUsing
      ? "`using`: Node 20 and 22 cannot parse it"
      : null;
  });

export const noTopLevelAwait: Rule = (file) =>
  find(file, (node) => {
    const waits = ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined);
    return waits && !ts.findAncestor(node, ts.isFunctionLike)
      ? "top-level await breaks require() of the package"
      : null;
  });

export const noDefaultExport: Rule = (file) =>
  find(file, (node) => {
    const isDefault = ts.isExportAssignment(node) ||
      node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent) ||
      (ts.isExportSpecifier(node) && node.name.text === "default");
    return isDefault ? "default export: everything has one name" : null;
  });

export const noMissingInNode20: Rule = (file) =>
  find(file, (node) => {
    if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return null;
    if (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) return null;
    return NOT_IN_NODE_20.has(node.getText()) ? `${node.getText()} does not exist in Node 20` : null;
  });

/** For files outside `lib/runtime/`. */
export const noPlatform: Rule = (file) => [
  ...find(file, (node) => {
    if (!ts.isIdentifier(node) || !["Deno", "Bun", "process", "Buffer"].includes(node.text)) return null;
    const isMember = (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) ||
      ts.isPropertyAssignment(node.parent);
    return isMember && node.parent.getText() !== `globalThis.${node.text}`
      ? null
      : `${node.text}: only lib/runtime/ may name a platform`;
  }),
  ...importsOf(file).filter(({ name }) => name.startsWith("node:")).map(({ name }) =>
    `"${name}": only lib/runtime/ may name a platform`
  ),
];

export const onlyRelativeImports: Rule = (file) =>
  importsOf(file).filter(({ name }) => !name.startsWith(".") && !name.startsWith("node:"))
    .map(({ name }) => `"${name}": lib/ has no dependency`);

export const smallFile: Rule = (file) => {
  const lines = codeLines(file);
  return lines > MAX_FILE_LINES ? [`${lines} code lines, at most ${MAX_FILE_LINES}: split it by idea`] : [];
};

export const smallFunctions: Rule = (file) =>
  find(file, (node) => {
    if (!ts.isFunctionLike(node)) return null;
    const lines = codeLines(node);
    return lines > MAX_FUNCTION_LINES ? `a function of ${lines} code lines, at most ${MAX_FUNCTION_LINES}` : null;
  });

export const noLeftovers: Rule = (file) =>
  file.text.split("\n").flatMap((line, index) => {
    if (/\b(?:TODO|FIXME|XXX)\b/.test(line)) {
      return [`line ${index + 1}: a note to do it later; do it now or open an issue`];
    }
    const isCode =
      /^\s*\/\/\s*(?:(?:const|let|import|export|return|throw|await|if|for|while)\b.*[;{]|[\w.#]+\(.*\);|\}.*)\s*$/.test(
        line,
      );
    return isCode ? [`line ${index + 1}: commented-out code`] : [];
  });

export interface Import {
  name: string;
  /** Nothing of it is left when the program runs. */
  typeOnly: boolean;
  /** `import()`: loaded when that line runs. */
  lazy: boolean;
}

export function importsOf(file: ts.SourceFile): Import[] {
  const imports: Import[] = [];
  visit(file, (node) => {
    if (ts.isImportDeclaration(node)) {
      imports.push({
        name: textOf(node.moduleSpecifier),
        typeOnly: node.importClause?.isTypeOnly ?? false,
        lazy: false,
      });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      imports.push({ name: textOf(node.moduleSpecifier), typeOnly: node.isTypeOnly, lazy: false });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      imports.push({ name: textOf(node.arguments[0]!), typeOnly: false, lazy: true });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      imports.push({ name: textOf(node.argument.literal), typeOnly: true, lazy: false });
    }
  });
  return imports;
}

/** Only types and re-exports: there is nothing that could run. */
export function isPureTypes(file: ts.SourceFile): boolean {
  return file.statements.every((node) =>
    ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node)
  );
}

function textOf(node: ts.Node): string {
  return ts.isStringLiteralLike(node) ? node.text : node.getText();
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

function find(file: ts.SourceFile, judge: (node: ts.Node) => string | null): string[] {
  const found: string[] = [];
  visit(file, (node) => {
    const problem = judge(node);
    if (problem === null) return;
    found.push(`line ${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${problem}`);
  });
  return found;
}

/** Lines with at least one token on them: comments and blank lines are free. */
function codeLines(node: ts.Node): number {
  const file = node.getSourceFile();
  const lines = new Set<number>();
  const mark = (token: ts.Node): void => {
    if (token.kind === ts.SyntaxKind.EndOfFileToken || ts.isJSDoc(token)) return;
    const children = token.getChildren();
    if (children.length > 0) return children.forEach(mark);
    if (token.getWidth() === 0) return;
    const last = file.getLineAndCharacterOfPosition(token.getEnd()).line;
    for (let line = file.getLineAndCharacterOfPosition(token.getStart()).line; line <= last; line++) lines.add(line);
  };
  mark(node);
  return lines.size;
}
