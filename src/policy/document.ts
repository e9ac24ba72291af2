import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { HoldfastError } from '../domain/index.ts';
import { sha256Hex } from '../lib/index.ts';
import { findContradictions } from './lint.ts';
import { policySchema, type Policy } from './schema.ts';

/** The file that ships with Holdfast. */
export const DEFAULT_POLICY_FILE = fileURLToPath(new URL('./default.yaml', import.meta.url));

/** Reads a policy file. Throws POLICY_UNREADABLE or POLICY_INVALID naming every fault with line and column. */
export function readPolicyFile(file: string): Policy {
  return parsePolicy(readText(file), file);
}

/** Parses and checks policy text; `name` is what messages call it. */
export function parsePolicy(source: string, name: string): Policy {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, uniqueKeys: true });
  const broken = document.errors.map((error) => error.message.split('\n')[0] ?? 'not YAML');
  if (broken.length > 0) throw invalid(name, broken);
  const parsed = policySchema.safeParse(plainOf(document, name));
  const where = (path: readonly PropertyKey[]): string => position(document, lines, path);
  if (!parsed.success)
    throw invalid(
      name,
      parsed.error.issues.flatMap((issue) => describe(issue, where)),
    );
  const contradictions = findContradictions(parsed.data);
  if (contradictions.length > 0) {
    throw invalid(
      name,
      contradictions.map((fault) => `${where(fault.path)}${fault.message}`),
    );
  }
  return { ...parsed.data, hash: sha256Hex(JSON.stringify(parsed.data)).slice(0, 16), source };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HoldfastError('POLICY_UNREADABLE', `The policy file ${file} cannot be read.`, {
      kind: 'config',
      cause,
    });
  }
}

/** Plain values. An alias may lead nowhere, or a short text may stand for an endless one: both show only here. */
function plainOf(document: ReturnType<typeof parseDocument>, name: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw invalid(name, [cause instanceof Error ? cause.message : 'not YAML']);
  }
}

/** One line a fault; a word that is not known is shown where it stands, not where its surroundings begin. */
function describe(issue: z.core.$ZodIssue, where: (path: readonly PropertyKey[]) => string): string[] {
  const what = issue.path.join('.') || 'the document';
  if (issue.code !== 'unrecognized_keys') return [`${where(issue.path)}${what}: ${issue.message}`];
  return issue.keys.map((key) => `${where([...issue.path, key])}${what}: "${key}" is not known`);
}

/** 'line 12, column 5: ' of the nearest node that exists on the path. */
function position(
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  path: readonly PropertyKey[],
): string {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    const start = rangeStart(node);
    if (start === null) continue;
    const at = lines.linePos(start);
    return `line ${at.line}, column ${at.col}: `;
  }
  return '';
}

function rangeStart(node: unknown): number | null {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range))
    return null;
  const start: unknown = node.range[0];
  return typeof start === 'number' ? start : null;
}

function invalid(name: string, faults: string[]): HoldfastError {
  return new HoldfastError(
    'POLICY_INVALID',
    `${name} is not a policy that can be used:\n  ${faults.join('\n  ')}`,
    {
      kind: 'config',
      hint: 'Nothing was changed. Correct the file and run `holdfast policy check`.',
    },
  );
}
