import { decideStandings } from '../decisions/index.ts';
import { computeFacts } from '../facts/index.ts';
import { policyFor, type Policy, type PolicyExample, type Standing } from '../policy/index.ts';
import { evaluateOne, profileOf, type Flag } from '../rules/index.ts';
import { EXAMPLE_CUSTOMER, exampleInput } from './policy-example.ts';

/** What a policy makes of one of its own examples. */
export interface ExampleResult {
  name: string;
  passed: boolean;
  expected: { standing: Standing; /** null = not looked at */ flags: string[] | null };
  found: { standing: Standing; flags: string[] };
  inSegments: string[];
  /** The paragraphs of what was found, those of flags first. */
  because: string[];
}

/** Judges every example of a policy's `tests:` as a night judges a customer. Pure. */
export function runPolicyTests(policy: Policy): ExampleResult[] {
  return policy.tests.map((example) => runExample(policy, example));
}

function runExample(policy: Policy, example: PolicyExample): ExampleResult {
  const input = exampleInput(policy, example);
  const facts = computeFacts(input);
  const flags = facts.flatMap((one) => evaluateOne(one, policy));
  const prior = { customerId: EXAMPLE_CUSTOMER, standing: example.prior, since: input.asOf, reasons: [] };
  const decided = decideStandings(facts, flags, new Map([[EXAMPLE_CUSTOMER, prior]]), policy);
  const own = flags.filter((flag) => flag.customerId === EXAMPLE_CUSTOMER);
  const standing = decided.find((one) => one.customerId === EXAMPLE_CUSTOMER);
  const judged = facts.find((one) => one.customer.id === EXAMPLE_CUSTOMER);
  const found = { standing: standing?.standing ?? 'clear', flags: namesOf(own) };
  const expected = { standing: example.expect.standing, flags: example.expect.flags?.toSorted() ?? null };
  const inSegments = judged === undefined ? [] : policyFor(policy, profileOf(judged), input.asOf).inSegments;
  return {
    name: example.name,
    passed: isMet(expected, found),
    expected,
    found,
    inSegments: [...inSegments],
    because: explain(own, standing?.reasons ?? []),
  };
}

const namesOf = (flags: Flag[]): string[] => [...new Set(flags.map((flag) => flag.rule))].sort();

function isMet(expected: ExampleResult['expected'], found: ExampleResult['found']): boolean {
  if (expected.standing !== found.standing) return false;
  return expected.flags === null || expected.flags.join() === found.flags.join();
}

function explain(flags: Flag[], reasons: readonly { explanation: string }[]): string[] {
  return [...new Set([...flags, ...reasons].map(({ explanation }) => explanation))];
}
