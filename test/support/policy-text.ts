import { readFileSync } from 'node:fs';
import { HoldfastError } from '../../src/domain/index.ts';
import { DEFAULT_POLICY_FILE, parsePolicy, type Policy } from '../../src/policy/index.ts';

/** The text of the policy that ships with Holdfast. */
export const shippedPolicy = readFileSync(DEFAULT_POLICY_FILE, 'utf8');

/** The smallest policy there is, with more sections. Each is YAML at the margin, such as 'segments: [...]'. */
export function policyText(...sections: string[]): string {
  const has = (key: string): boolean => sections.some((section) => section.startsWith(`${key}:`));
  const needed: Record<string, string> = {
    version: 'version: 1',
    name: 'name: A policy',
    rules: 'rules:\n  - { rule: overdue, daysAtLeast: 30, standing: hold }',
    standings: 'standings: { hold: { effect: hold }, stop: { effect: hold } }',
    releaseHolds: 'releaseHolds: { automatic: true }',
    reminders: 'reminders: { automatic: false, steps: [1] }',
  };
  const rest = Object.entries(needed).filter(([key]) => !has(key));
  return [...rest.map(([, text]) => text), ...sections, ''].join('\n');
}

/** The same, parsed. */
export const policyOf = (...sections: string[]): Policy =>
  parsePolicy(policyText(...sections), 'policy.yaml');

/** The faults that a policy text is refused for, one a line. Fails when it is taken. */
export function faultsOf(source: string): string[] {
  try {
    parsePolicy(source, 'policy.yaml');
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'POLICY_INVALID' || error.kind !== 'config')
      throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  throw new Error('this policy was taken');
}

/** Where a piece of a text stands, as messages say it. Fails when it is not there. */
export function placeOf(source: string, text: string): string {
  const at = source.indexOf(text);
  if (at < 0) throw new Error(`"${text}" is not in the text`);
  const before = source.slice(0, at).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}
