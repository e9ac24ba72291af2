import ts from 'typescript';

/** SQL is written in one case; a sentence like "Select a customer from the list" begins with one capital. */
const STATEMENTS = [
  /^\s*(SELECT|select)\s[^]+\s(FROM|from)\s/,
  /^\s*(WITH|with)\s+\w+\s+(AS|as)\s*\(/,
  /^\s*(INSERT|insert|REPLACE|replace)\s+((OR|or)\s+\w+\s+)?(INTO|into)\s/,
  /^\s*(UPDATE|update)\s+((OR|or)\s+\w+\s+)?["\w$`{}]+\s+(SET|set)\s/,
  /^\s*(DELETE|delete)\s+(FROM|from)\s/,
  /^\s*(CREATE|create|ALTER|alter|DROP|drop)\s+(\w+\s+)?(TABLE|table|INDEX|index|VIEW|view|TRIGGER|trigger)\s/,
  /^\s*(PRAGMA|pragma|VACUUM|vacuum|ATTACH|attach)\s/,
  /^\s*(BEGIN|begin)(\s+(IMMEDIATE|immediate|EXCLUSIVE|exclusive))?;?\s*$/,
];
const BUILDERS = new Set([
  'selectFrom',
  'insertInto',
  'replaceInto',
  'updateTable',
  'deleteFrom',
  'mergeInto',
]);

/** True for a string or template that holds an SQL statement, and for Kysely's sql`…`. */
export function isSqlText(node: ts.Node): boolean {
  if (ts.isTaggedTemplateExpression(node)) return node.tag.getText() === 'sql';
  const text = textOf(node);
  return text !== undefined && STATEMENTS.some((statement) => statement.test(text));
}

/** True for a call of Kysely's query builder, like `db.selectFrom('invoice')`. */
export function kyselyCalls(node: ts.Node): boolean {
  return builderOf(node) !== undefined;
}

/** The name of the query builder that a node calls. */
export function builderOf(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const name = node.expression.name.text;
  return BUILDERS.has(name) ? name : undefined;
}

/** A string's or template's text; a template's expressions stand as ${}. */
export function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.templateSpans.reduce((text, span) => `${text}\${}${span.literal.text}`, node.head.text);
}
