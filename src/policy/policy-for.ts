import { toMinor, type Day } from '../domain/index.ts';
import type { CustomerProfile } from './customer-profile.ts';
import { overridesByCustomer, type OverrideFinder } from './override-finder.ts';
import { mergeChanges, rulesFor } from './merge-changes.ts';
import type { Override, Policy, Segment } from './schema.ts';
import { segmentTest, type SegmentTest } from './segment-test.ts';

/** The policy as it is for one customer on one day: segments and overrides worked in. */
export interface PolicyForCustomer extends Policy {
  /** Names of the segments that it belongs to, in the file's order. */
  inSegments: readonly string[];
  /** For customers that nobody assessed, in minor units; null = none. */
  defaultLimitMinor: number | null;
  /** The override in force, if any. */
  override: Override | null;
}

/**
 * Works segments and overrides in: what an override sets goes before what a segment sets, and of two segments the one
 * that stands first in the file. Pure; the very same object is given for customers that the policy treats alike, so
 * that fifty thousand of them cost next to nothing.
 */
export function policyFor(policy: Policy, who: CustomerProfile, asOf: Day): PolicyForCustomer {
  const prepared = prepare(policy);
  const segments = prepared.segments.filter(({ test }) => test(who));
  const override = prepared.findOverride(who, asOf);
  const key = keyOf(who.baseCurrency, segments, override?.index ?? null);
  const known = prepared.known.get(key);
  if (known !== undefined) return known;
  const made = combine(
    policy,
    segments.map(({ segment }) => segment),
    override?.override ?? null,
    who.baseCurrency,
  );
  prepared.known.set(key, made);
  return made;
}

/** What is worked out once for a policy and then used for every customer. */
interface Prepared {
  segments: { segment: Segment; index: number; test: SegmentTest }[];
  findOverride: OverrideFinder;
  known: Map<string, PolicyForCustomer>;
}

const preparedPolicies = new WeakMap<Policy, Prepared>();

function prepare(policy: Policy): Prepared {
  const existing = preparedPolicies.get(policy);
  if (existing !== undefined) return existing;
  const prepared: Prepared = {
    segments: policy.segments.map((segment, index) => ({ segment, index, test: segmentTest(segment) })),
    findOverride: overridesByCustomer(policy.overrides),
    known: new Map(),
  };
  preparedPolicies.set(policy, prepared);
  return prepared;
}

const keyOf = (currency: string, segments: Prepared['segments'], override: number | null): string =>
  `${currency}|${segments.map(({ index }) => index).join(',')}|${override ?? ''}`;

function combine(
  policy: Policy,
  segments: Segment[],
  override: Override | null,
  baseCurrency: string,
): PolicyForCustomer {
  const { overdue, release, defaultLimit } = mergeChanges(policy, [
    override?.set ?? {},
    ...segments.map((segment) => segment.set),
  ]);
  const inSegments = segments.map((segment) => segment.name);
  return {
    ...policy,
    rules: rulesFor(policy.rules, inSegments, override?.set.withoutRules ?? []),
    overdue,
    release,
    inSegments,
    defaultLimitMinor: defaultLimit === undefined ? null : toMinor(defaultLimit, baseCurrency),
    override,
  };
}
