import ts from 'typescript';
import { clockReads } from './clock-reads.ts';
import { escapeHatches } from './escape-hatches.ts';
import { lineOf, walk, type SourceModule } from './source-tree.ts';
import { isSqlText, kyselyCalls } from './sql-text.ts';
import type { Violation } from './violation.ts';

/** Something that may be written in a few places only. */
export interface ForbiddenWord {
  /** As CONTRIBUTING.md words it. */
  rule: string;
  /** Where it is allowed. */
  allowedIn: RegExp;
  find(node: ts.Node): boolean;
}

const NOWHERE = /^$/;
const SOCKET_MODULES = /^(node:)?(http|https|http2|net|tls|dgram)$|^undici$/;
const DATABASE_MODULES = /^(kysely|better-sqlite3)$/;
/** QuickBooks's own query language looks like SQL and never reaches our database. */
const QUERY_LANGUAGE = 'connectors/quickbooks/';
const STORES = `(^|/)store\\.ts$|^src/(mirror|store)/`;

/** The words of CONTRIBUTING.md, in its order. */
export const FORBIDDEN_WORDS: ForbiddenWord[] = [
  { rule: 'process.env only in src/config.ts', allowedIn: /^src\/config\.ts$/, find: readsEnvironment },
  { rule: 'fetch only in connectors/kit', allowedIn: /^connectors\/kit\//, find: callsFetch },
  {
    rule: 'sockets only in connectors and src/web',
    allowedIn: /^(connectors|src\/web)\//,
    find: (node) => importsValueFrom(node, SOCKET_MODULES),
  },
  { rule: 'time and chance only in src/lib/clock.ts', allowedIn: /^src\/lib\/clock\.ts$/, find: clockReads },
  {
    rule: 'Kysely and SQL only in store.ts, src/mirror and src/store',
    allowedIn: new RegExp(`${STORES}|^${QUERY_LANGUAGE}`),
    find: (node) => isSqlText(node) || kyselyCalls(node),
  },
  {
    rule: 'Kysely and SQL only in store.ts, src/mirror and src/store',
    allowedIn: new RegExp(STORES),
    find: (node) => importsFrom(node, DATABASE_MODULES),
  },
  {
    rule: 'console only in src/lib/log.ts and src/cli',
    allowedIn: /^src\/(lib\/log\.ts$|cli\/)/,
    find: writesConsole,
  },
  { rule: 'no any, no cast through unknown', allowedIn: NOWHERE, find: escapeHatches },
];

/** Every forbidden word in these modules, outside of the places where it is allowed. */
export function findForbiddenWords(modules: SourceModule[], words = FORBIDDEN_WORDS): Violation[] {
  return modules.flatMap((module) => {
    const apply = words.filter((word) => !word.allowedIn.test(module.path));
    const found: Violation[] = [];
    walk(module.syntax, (node) => {
      for (const word of apply) if (word.find(node)) found.push(violationAt(module, node, word.rule));
    });
    return found;
  });
}

function violationAt(module: SourceModule, node: ts.Node, rule: string): Violation {
  const text = node.getText(module.syntax).split('\n')[0] ?? '';
  return { file: module.path, line: lineOf(node), rule, text: text.slice(0, 100) };
}

/** `process.env`, `process['env']`, `const { env } = process`, `import { env } from 'node:process'`. */
function readsEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node))
    return node.name.text === 'env' && isNamed(node.expression, 'process');
  if (ts.isElementAccessExpression(node)) {
    return isNamed(node.expression, 'process') && node.argumentExpression.getText().includes('env');
  }
  if (ts.isImportSpecifier(node)) {
    return (node.propertyName ?? node.name).text === 'env' && /^(node:)?process$/.test(sourceOf(node));
  }
  const isDestructured = ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name);
  return isDestructured && node.initializer !== undefined && isNamed(node.initializer, 'process');
}

function sourceOf(node: ts.ImportSpecifier): string {
  const { moduleSpecifier } = node.parent.parent.parent;
  return ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : '';
}

function callsFetch(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) {
    return node.name.text === 'fetch' && isNamed(node.expression, 'globalThis');
  }
  return ts.isCallExpression(node) && isNamed(node.expression, 'fetch');
}

function writesConsole(node: ts.Node): boolean {
  return ts.isPropertyAccessExpression(node) && isNamed(node.expression, 'console');
}

function importsFrom(node: ts.Node, modules: RegExp): boolean {
  if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) return false;
  const source = node.moduleSpecifier;
  return source !== undefined && ts.isStringLiteral(source) && modules.test(source.text);
}

function importsValueFrom(node: ts.Node, modules: RegExp): boolean {
  const isType =
    ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return !isType && importsFrom(node, modules);
}

const isNamed = (node: ts.Node, name: string): boolean => ts.isIdentifier(node) && node.text === name;
