import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  DEFAULT_POLICY_FILE,
  FLAG_NAMES,
  parsePolicy,
  policyJsonSchema,
  readPolicyFile,
} from '../../src/policy/index.ts';
import type { RuleName } from '../../src/rules/index.ts';
import { runPolicyTests } from '../../src/whatif/index.ts';
import { policyText } from '../support/policy-text.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'policies');
const readyMade = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
const files: [name: string, file: string][] = [
  ...readyMade.map((name): [string, string] => [name, join(FOLDER, name)]),
  ['the default', DEFAULT_POLICY_FILE],
];

describe('the ready-made policies', () => {
  it('are for a wholesaler, an agency and a practice', () => {
    expect(readyMade.toSorted()).toEqual(['agency.yaml', 'practice.yaml', 'wholesaler.yaml']);
  });

  it.each(files)('%s judges each of its examples as it says', (_name, file) => {
    const results = runPolicyTests(readPolicyFile(file));
    expect(results.length).toBeGreaterThanOrEqual(10);
    expect(results.filter((result) => !result.passed)).toEqual([]);
  });

  it.each(files)(
    '%s has examples for its segments, overrides, holds, releases and every kind of rule',
    (_name, file) => {
      const policy = readPolicyFile(file);
      const results = runPolicyTests(policy);
      const reached = new Set(results.flatMap(({ inSegments }) => inSegments));
      expect([...reached].sort()).toEqual(policy.segments.map(({ name }) => name).sort());
      const examples = policy.tests;
      for (const { customer } of policy.overrides) {
        const own = examples.filter((example) => example.customer.name === customer);
        expect(new Set(own.map(({ expect: { standing } }) => standing)).size).toBe(2);
      }
      const held = examples
        .filter(({ prior }) => prior === 'hold')
        .map(({ expect: { standing } }) => standing);
      expect(held).toContain('hold');
      expect(held.some((standing) => standing !== 'hold')).toBe(true);
      const flags = new Set(results.flatMap(({ found }) => found.flags));
      for (const { rule } of policy.rules) expect(flags).toContain(rule);
      const standings = new Set(results.map(({ found }) => found.standing));
      for (const { standing } of policy.rules) expect(standings).toContain(standing);
    },
  );

  it.each(files)('%s tells editors where its schema is', (_name, file) => {
    expect(readFileSync(file, 'utf8')).toMatch(/^# yaml-language-server: \$schema=policy\.schema\.json\n/);
  });
});

describe('an example that is not judged as it says', () => {
  it.each([
    ['another standing', '{ standing: watch }'],
    ['a flag that is missing', '{ standing: hold, flags: [overdue, near-limit] }'],
    ['a flag too many', '{ standing: hold, flags: [] }'],
  ])('fails for %s, with what was found and why', (_what, expected) => {
    const text = policyText(
      `tests: [{ name: t, invoices: [{ number: A, amount: 90, daysOverdue: 30 }], expect: ${expected} }]`,
    );
    const [result] = runPolicyTests(parsePolicy(text, 'p'));
    expect(result).toMatchObject({ passed: false, found: { standing: 'hold', flags: ['overdue'] } });
    expect(result?.because.join(' ')).toMatch(/overdue with 90\.00 GBP on 1 invoice/);
  });
});

/** Fails to compile when a rule has a name that examples cannot expect, or the other way round. */
const names: Readonly<Record<RuleName, true>> & Readonly<Record<(typeof FLAG_NAMES)[number], true>> = {
  'over-limit': true,
  'near-limit': true,
  'group-over-limit': true,
  'group-near-limit': true,
  overdue: true,
  'cash-only': true,
  unassessed: true,
  'cannot-decide': true,
};

describe('the published JSON Schema', () => {
  const published = JSON.parse(readFileSync(join(FOLDER, 'policy.schema.json'), 'utf8')) as object;
  const validate = new Ajv2020({ allErrors: true }).compile(published);

  it('is the one that the product checks with: `holdfast policy schema > policies/policy.schema.json`', () => {
    expect(published).toEqual(policyJsonSchema());
  });

  it.each(files)('takes %s', (_name, file) => {
    expect(validate(parse(readFileSync(file, 'utf8'))), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each([
    ['an unknown key', 'overdue: { graceDay: 3 }'],
    ['a threshold of zero', 'rules: [{ rule: overdue, daysAtLeast: 0, standing: hold }]'],
    ['an unknown standing', 'rules: [{ rule: cash-only, standing: pre-pay }]'],
    ['an override without an end', 'overrides: [{ customer: A, reason: r, set: { graceDays: 1 } }]'],
  ])('refuses %s, as the product does', (_what, section) => {
    const text = policyText(section);
    expect(validate(parse(text))).toBe(false);
    expect(() => parsePolicy(text, 'p')).toThrow(/POLICY|policy/);
  });

  it('says of each part what it is for', () => {
    const { properties } = published as { properties: Record<string, { description?: string }> };
    const silent = Object.entries(properties).filter(([, { description }]) => description === undefined);
    expect(silent.map(([key]) => key)).toEqual(['version', 'name']);
  });

  it('lets examples expect every flag that there is', () => {
    expect(Object.keys(names).sort()).toEqual([...FLAG_NAMES].sort());
  });
});
