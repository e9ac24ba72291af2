import ts from 'typescript';

/** Globals that wait, repeat, or may not be the same twice. */
const CALLS = new Set(['setTimeout', 'setInterval']);
const MEMBERS = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'AbortSignal.timeout',
  'DateTime.now',
  'globalThis.setTimeout',
  'globalThis.setInterval',
  'process.hrtime',
]);
/** Without arguments these mean now. */
const NOW_WHEN_EMPTY = new Set(['DateTime.local', 'DateTime.utc']);

/** True for what reads the machine's clock, waits by it, or throws dice. `new Date(instant)` is fine. */
export function clockReads(node: ts.Node): boolean {
  if (ts.isNewExpression(node)) return node.expression.getText() === 'Date' && isEmpty(node.arguments);
  if (ts.isPropertyAccessExpression(node)) return MEMBERS.has(node.getText());
  if (ts.isImportDeclaration(node)) return /^'node:timers/.test(node.moduleSpecifier.getText());
  return ts.isCallExpression(node) && isClockCall(node);
}

function isClockCall(call: ts.CallExpression): boolean {
  const callee = call.expression.getText();
  if (NOW_WHEN_EMPTY.has(callee)) return isEmpty(call.arguments);
  return CALLS.has(callee) || callee === 'Date';
}

const isEmpty = (list: ts.NodeArray<ts.Expression> | undefined): boolean => (list?.length ?? 0) === 0;
