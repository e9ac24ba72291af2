import ts from 'typescript';

/** True for `any` wherever a type stands, and for `x as unknown as T`, in brackets or not. */
export function escapeHatches(node: ts.Node): boolean {
  return node.kind === ts.SyntaxKind.AnyKeyword || isDoubleCast(node);
}

function isDoubleCast(node: ts.Node): boolean {
  if (!ts.isAsExpression(node)) return false;
  let inner = node.expression;
  while (ts.isParenthesizedExpression(inner)) inner = inner.expression;
  return ts.isAsExpression(inner) && inner.type.kind === ts.SyntaxKind.UnknownKeyword;
}

/** Comments that switch a checker off. They are looked for in the text, because comments are in no syntax tree. */
export const SILENCERS =
  /@ts-(ignore|expect-error|nocheck)|eslint-disable|prettier-ignore|v8 ignore|istanbul ignore/;
