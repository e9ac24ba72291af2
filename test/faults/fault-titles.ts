import ts from 'typescript';
import { lineOf, readTree, ROOT, type SourceModule } from '../architecture/source-tree.ts';

/** A test whose title names a fault of the catalogue. */
export interface FaultTest {
  fault: number;
  /** The sentence after the number. */
  title: string;
  /** 'test/faults/auth.test.ts:12'. */
  place: string;
}

/** Numbers of the catalogue that this part of the work has to show, each by a test at least. */
export const REQUIRED_FAULTS: readonly number[] = [
  ...range(1, 34),
  ...range(38, 44),
  ...range(51, 55),
  ...range(59, 63),
];

/** The whole catalogue. */
export const ALL_FAULTS: readonly number[] = range(1, 90);

/**
 * Every test of the tree whose title begins with `fault N: `, found in the syntax and not in the text: a title in a
 * comment or a test that is left out does not count. A table of cases is one test here.
 */
export function readFaultTests(root = ROOT): FaultTest[] {
  const files = readTree(root, ['test']).filter((module) => module.path.endsWith('.test.ts'));
  return files.flatMap(faultTestsOf).sort((a, b) => a.fault - b.fault);
}

/** The tests of one file. */
export function faultTestsOf({ path, syntax }: Pick<SourceModule, 'path' | 'syntax'>): FaultTest[] {
  const found: FaultTest[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const call = callName(node.expression);
      if (isLeftOut(call)) return;
      const [title] = node.arguments;
      if (/^(it|test)\b/.test(call) && title !== undefined && node.arguments.length > 1) {
        found.push(...faultOf(title, `${path}:${lineOf(node)}`));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(syntax);
  return found;
}

/** 'it', 'it.each', 'describe.each': the name of what is called, without arguments in between. */
function callName(callee: ts.Node): string {
  if (ts.isIdentifier(callee)) return callee.text;
  if (ts.isPropertyAccessExpression(callee)) return `${callName(callee.expression)}.${callee.name.text}`;
  if (ts.isCallExpression(callee)) return callName(callee.expression);
  return ts.isTaggedTemplateExpression(callee) ? callName(callee.tag) : '';
}

/** What vitest calls its ways of not running a test, or of being glad when it fails. */
const LEFT_OUT = ['skip', 'todo', 'skipIf', 'runIf', 'fails'];

/** Whether a call leaves out the tests that it is given. */
function isLeftOut(call: string): boolean {
  const [name, ...modifiers] = call.split('.');
  return /^(it|test|describe)$/.test(name ?? '') && modifiers.some((one) => LEFT_OUT.includes(one));
}

function faultOf(title: ts.Expression, place: string): FaultTest[] {
  const head = ts.isTemplateExpression(title) ? title.head.text : undefined;
  const text = ts.isStringLiteralLike(title) ? title.text : head;
  const match = /^fault (\d+): (.*)$/s.exec(text ?? '');
  return match === null ? [] : [{ fault: Number(match[1]), title: match[2] ?? '', place }];
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
