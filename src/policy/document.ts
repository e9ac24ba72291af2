import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HoldfastError } from '../domain/index.ts';
import { sha256Hex } from '../lib/index.ts';
import { countFaults, describeIssues } from './describe-issue.ts';
import { policyWords } from './json-schema.ts';
import { findContradictions } from './lint.ts';
import { MAXIMUM_LENGTH, readYaml, type Path } from './read-yaml.ts';
import { policySchema, type Policy } from './schema.ts';

/** The file that ships with Holdfast. */
export const DEFAULT_POLICY_FILE = fileURLToPath(new URL('./default.yaml', import.meta.url));

/** What each file said last: read at every decision, parsed when it changed. */
const lastRead = new Map<string, Policy>();

/**
 * Reads a policy file; the same object again while its text is the same. Throws POLICY_UNREADABLE or POLICY_INVALID
 * naming every fault with line and column.
 */
export function readPolicyFile(file: string): Policy {
  const text = readText(file);
  const last = lastRead.get(file);
  if (last?.source === text) return last;
  const policy = parsePolicy(text, file);
  lastRead.set(file, policy);
  return policy;
}

/** Parses and checks policy text; `name` is what messages call it. Throws POLICY_INVALID. */
export function parsePolicy(source: string, name: string): Policy {
  return parsePolicyText(source, name).policy;
}

/** A policy with the places of what it says, for remarks that only show beside a company's books. */
export interface PlacedPolicy {
  policy: Policy;
  /** 'line 12, column 5: ' */
  where: (path: Path) => string;
}

/**
 * Parses a version that decisions were made under. What contradicts itself by the standards of today did count then, so
 * only what cannot be understood is refused. Throws POLICY_INVALID.
 */
export function parseUsedPolicy(source: string, name: string): Policy {
  return understand(source, name).policy;
}

/** As parsePolicy, and keeps where everything stands. Throws POLICY_INVALID. */
function parsePolicyText(source: string, name: string): PlacedPolicy {
  const placed = understand(source, name);
  const contradictions = findContradictions(placed.policy);
  if (contradictions.length === 0) return placed;
  const shown = contradictions.slice(0, FAULTS_SHOWN);
  const faults = shown.map((fault) => `${placed.where(fault.path)}${fault.message}`);
  throw invalid(name, faults, contradictions.length);
}

function understand(source: string, name: string): PlacedPolicy {
  const text = readYaml(source);
  if ('faults' in text) throw invalid(name, text.faults);
  const { plain, where } = text;
  const parsed = policySchema.safeParse(plain, { reportInput: true });
  if (!parsed.success) {
    const { issues } = parsed.error;
    throw invalid(name, describeIssues(issues, where, policyWords(), FAULTS_SHOWN), countFaults(issues));
  }
  return { policy: { ...parsed.data, hash: hashOf(plain), source }, where };
}

/** Reads a policy file and keeps where everything stands. Throws POLICY_UNREADABLE and POLICY_INVALID. */
export function readPlacedPolicy(file: string): PlacedPolicy {
  return parsePolicyText(readText(file), file);
}

/**
 * The version of a document: of what is written in it, whatever its comments, layout and the order of its keys. Defaults
 * are not part of it, so that a product that learns new words does not change the version of an old file.
 */
function hashOf(plain: unknown): string {
  return sha256Hex(JSON.stringify(sorted(plain))).slice(0, 16);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

function readText(file: string): string {
  try {
    if (statSync(file).size <= 4 * MAXIMUM_LENGTH) return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HoldfastError('POLICY_UNREADABLE', `The policy file ${file} cannot be read.`, {
      kind: 'config',
      cause,
    });
  }
  throw invalid(file, ['it is much larger than any policy. Is this the right file?']);
}

/** A list that nobody reads to its end helps nobody. */
const FAULTS_SHOWN = 50;

/** `count` is how many faults there are in all. */
function invalid(name: string, faults: string[], count = faults.length): HoldfastError {
  const more = count - faults.length;
  const lines = more > 0 ? [...faults, `and ${more} more`] : faults;
  return new HoldfastError(
    'POLICY_INVALID',
    `${name} is not a policy that can be used:\n  ${lines.join('\n  ')}`,
    {
      kind: 'config',
      hint: 'Nothing was changed. Correct the file and run `holdfast policy check`.',
    },
  );
}
