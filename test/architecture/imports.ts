import { posix } from 'node:path';
import ts from 'typescript';

/** One place where a file names another module. */
export interface ImportSite {
  /** As written: './map.ts', 'kysely', 'node:fs'; undefined when it is computed at run time. */
  specifier: string | undefined;
  /** Project path of a relative import, e.g. 'src/facts/index.ts'. */
  target: string | undefined;
  isTypeOnly: boolean;
  line: number;
}

/** Static imports, re-exports, import() calls and types, and require(): every way to name another module. */
export function importsOf(file: ts.SourceFile): ImportSite[] {
  const sites: ImportSite[] = [];
  const visit = (node: ts.Node): void => {
    const found = siteOf(node);
    if (found !== undefined) sites.push(describe(file, node, found));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return sites;
}

interface RawSite {
  name: ts.Node | undefined;
  isTypeOnly: boolean;
}

function siteOf(node: ts.Node): RawSite | undefined {
  if (ts.isImportDeclaration(node)) {
    return { name: node.moduleSpecifier, isTypeOnly: isTypeImport(node.importClause) };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return { name: node.moduleSpecifier, isTypeOnly: node.isTypeOnly };
  }
  if (ts.isImportTypeNode(node)) return { name: literalOf(node.argument), isTypeOnly: true };
  if (ts.isCallExpression(node) && isImportCall(node)) {
    return { name: node.arguments[0], isTypeOnly: false };
  }
  return undefined;
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  if (clause.name !== undefined || bindings === undefined || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

function literalOf(argument: ts.TypeNode): ts.Node {
  return ts.isLiteralTypeNode(argument) ? argument.literal : argument;
}

function isImportCall(call: ts.CallExpression): boolean {
  if (call.expression.kind === ts.SyntaxKind.ImportKeyword) return true;
  return ts.isIdentifier(call.expression) && call.expression.text === 'require';
}

function describe(file: ts.SourceFile, node: ts.Node, { name, isTypeOnly }: RawSite): ImportSite {
  const specifier = name !== undefined && ts.isStringLiteralLike(name) ? name.text : undefined;
  const isRelative = specifier?.startsWith('.') ?? false;
  const target = isRelative ? posix.join(posix.dirname(file.fileName), specifier ?? '') : undefined;
  const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
  return { specifier, target, isTypeOnly, line };
}
