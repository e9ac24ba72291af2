import ts from 'typescript';
import { lineOf, walk, type SourceModule } from './source-tree.ts';
import { builderOf, textOf } from './sql-text.ts';
import type { Violation } from './violation.ts';

const WRITES = [
  /\b(?:insert|replace)\s+(?:or\s+\w+\s+)?into\s+["`]?(\$\{\}|\w+)/gi,
  /\bupdate\s+(?:or\s+\w+\s+)?["`]?(\$\{\}|\w+)["`]?\s+set\b/gi,
  /\bdelete\s+from\s+["`]?(\$\{\}|\w+)/gi,
];
/** Only where rows of every kind are written by one loop may a table's name be computed. */
const GENERIC_WRITERS = /^src\/(mirror|store)\//;
const RULE = 'a table is written by its owner only';

/** Every write to a table by a module outside of the folder that owns it, and every write to a table without owner. */
export function checkTableOwners(modules: SourceModule[], owners: Map<string, string>): Violation[] {
  return modules.flatMap((module) => {
    const found: Violation[] = [];
    walk(module.syntax, (node) => {
      for (const table of tablesWritten(node)) found.push(...checkWrite(module, node, table, owners));
    });
    return found;
  });
}

/** The tables that one node writes to; undefined stands for a name that is computed at run time. */
function tablesWritten(node: ts.Node): (string | undefined)[] {
  const builder = builderOf(node);
  if (builder !== undefined) return builder === 'selectFrom' ? [] : [builderTable(node)];
  const text = textOf(node);
  if (text === undefined) return [];
  const names = WRITES.flatMap((write) => [...text.matchAll(write)].map((match) => match[1] ?? ''));
  return names.map((name) => (name === '${}' ? undefined : name));
}

function builderTable(node: ts.Node): string | undefined {
  const argument = ts.isCallExpression(node) ? node.arguments[0] : undefined;
  return argument !== undefined && ts.isStringLiteralLike(argument) ? argument.text.split(' ')[0] : undefined;
}

function checkWrite(
  module: SourceModule,
  node: ts.Node,
  table: string | undefined,
  owners: Map<string, string>,
): Violation[] {
  const breach = (text: string): Violation[] => [{ file: module.path, line: lineOf(node), rule: RULE, text }];
  if (table === undefined) {
    return GENERIC_WRITERS.test(module.path) ? [] : breach('writes to a table whose name is computed');
  }
  const owner = owners.get(table);
  if (owner === undefined) return breach(`writes to ${table}, which has no owner in CONTRIBUTING.md`);
  return module.path.startsWith(`${owner}/`) ? [] : breach(`writes to ${table}, which is ${owner}'s`);
}

/** The tables that the migrations make, so that none is without an owner. */
export function tablesMade(sql: string): string[] {
  const made = sql.matchAll(/^\s*create\s+(?:virtual\s+)?table\s+(?:if\s+not\s+exists\s+)?["`]?(\w+)/gim);
  return [...made].map((match) => match[1] ?? '');
}
