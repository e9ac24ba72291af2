import type { z } from 'zod';
import { nearestWord } from './nearest-word.ts';
import type { Path } from './read-yaml.ts';

/**
 * What is wrong and what to do, one line a fault, each at its place. `words` are all keys that a policy may have. At most
 * `most` lines: a file that is no policy at all has faults without number.
 */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  where: (path: Path) => string,
  words: readonly string[],
  most: number,
): string[] {
  const faults: string[] = [];
  for (const issue of issues) {
    if (faults.length >= most) break;
    faults.push(...describeIssue(issue, where, words, most - faults.length));
  }
  return faults;
}

/** How many lines all issues would take. */
export const countFaults = (issues: readonly z.core.$ZodIssue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);

/** A word that is not known is shown where it stands, not where its surroundings begin. */
function describeIssue(
  issue: z.core.$ZodIssue,
  where: (path: Path) => string,
  words: readonly string[],
  most: number,
): string[] {
  if (issue.code === 'unrecognized_keys') {
    const inside = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    return issue.keys.slice(0, most).map((key) => {
      const near = nearestWord(key, words);
      const advice = near === null ? 'remove it' : `did you mean "${near}"?`;
      return `${where([...issue.path, key])}${inside}"${key}" is not known here: ${advice}`;
    });
  }
  const what = issue.path.length === 0 ? 'the document' : issue.path.join('.');
  return [`${where(issue.path)}${what} ${faultOf(issue)}`];
}

function faultOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, issue.input);
    case 'too_small':
      return `${sizeOf(issue)} ${leastOf(issue)}`;
    case 'too_big':
      return `${sizeOf(issue)} ${mostOf(issue)}`;
    case 'invalid_value':
      return unknownValue(issue.input, issue.values.map(String));
    case 'invalid_format':
      return `is ${shown(issue.input)}: it must be ${issue.message}`;
    case 'invalid_union':
      return wrongChoice(issue);
    case 'invalid_key':
      return `is not a key that can stand here: it must be ${issue.issues[0]?.message ?? 'another'}`;
    case 'custom':
      return issue.input === undefined || typeof issue.input === 'object'
        ? `is not whole: ${issue.message}`
        : `is ${shown(issue.input)}: it must be ${issue.message}`;
    default:
      return issue.message;
  }
}

/** How types are called by people who do not programme. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  number: 'a number such as 250 or 250.00',
  int: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list: [a, b]',
  object: 'a group of keys',
  record: 'a group of keys',
};

function wrongType(expected: string, input: unknown): string {
  const wanted = TYPE_WORDS[expected] ?? expected;
  if (input === undefined) return `is missing: it must be ${wanted}`;
  if (input === null) return `is empty: give ${wanted}, or remove the line`;
  if (typeof input === 'number' && !Number.isFinite(input))
    return `is ${Number.isNaN(input) ? 'not a number (NaN)' : 'infinite'}: nothing can be compared with it, give ${wanted}`;
  if (expected === 'string' && typeof input === 'number')
    return `is the number ${input}: put it in quotes as it is written there, or its leading zeros are lost`;
  if (expected === 'number' && typeof input === 'string')
    return `is the text ${shown(input)}: it must be ${wanted}, without quotes and without thousands signs`;
  return `is ${shown(input)}: it must be ${wanted}`;
}

type Size = Extract<z.core.$ZodIssue, { code: 'too_small' | 'too_big' }>;

function sizeOf(issue: Size): string {
  if (issue.origin === 'array')
    return `has ${Array.isArray(issue.input) ? issue.input.length : 'other'} entries:`;
  if (issue.origin === 'string')
    return `has ${typeof issue.input === 'string' ? issue.input.length : 'other'} characters:`;
  return `is ${shown(issue.input)}:`;
}

function leastOf(issue: Extract<z.core.$ZodIssue, { code: 'too_small' }>): string {
  if (issue.origin === 'number' && issue.minimum === 0 && issue.inclusive !== true)
    return 'it must be more than 0; for "any amount" write 0.01';
  return `it must ${issue.origin === 'number' ? 'be' : 'have'} at least ${issue.minimum}`;
}

const mostOf = (issue: Extract<z.core.$ZodIssue, { code: 'too_big' }>): string =>
  `it must ${issue.origin === 'number' ? 'be' : 'have'} at most ${issue.maximum}`;

function unknownValue(input: unknown, values: string[]): string {
  const near = typeof input === 'string' ? nearestWord(input, values) : null;
  const guess = near === null ? '' : ` Did you mean ${near}?`;
  if (input === undefined) return `is missing: use ${values.join(', ')}`;
  return `is ${shown(input)}: use ${values.join(', ')}.${guess}`;
}

function wrongChoice(issue: Extract<z.core.$ZodIssue, { code: 'invalid_union' }>): string {
  if ('discriminator' in issue && typeof issue.discriminator === 'string')
    return `is no rule that Holdfast knows: use near-limit, over-limit, overdue, cash-only or unassessed`;
  const wanted = issue.errors.flatMap((branch) => branch.map((inner) => faultOf(inner)));
  return `is ${shown(issue.input)}, which is neither of what it may be (${[...new Set(wanted)].join('; ')})`;
}

/** A value as it may be shown in a message: never a whole document. */
function shown(input: unknown): string {
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object' && input !== null) return 'a group of keys';
  const text = typeof input === 'string' ? `"${input}"` : String(input);
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}
