import type { Contradiction } from './contradiction.ts';
import { useThreshold } from './lint-rules.ts';
import { mergeChanges, rulesFor } from './merge-changes.ts';
import { compareStandings, type PolicyDocument, type PolicyRule } from './schema.ts';

type Release = PolicyDocument['release'];
type Key = keyof Release;

/** Whose thresholds are looked at: everybody's, or those that a segment or an override changes. */
interface Audience {
  /** 'everybody', 'the segment "x"', 'the customer "x"' */
  who: string;
  rules: readonly PolicyRule[];
  release: Release;
  /** Where a threshold stands. */
  pathOf: (key: Key) => Contradiction['path'];
}

/**
 * Thresholds for the end of a hold that are milder than what places it: the hold would end as soon as it began. Looks
 * at everybody, at the members of each segment alone, and at each override.
 */
export function findReleaseFaults(policy: PolicyDocument): Contradiction[] {
  const places = new Map<string, Contradiction>();
  for (const fault of audiencesOf(policy).flatMap(faultsOf)) {
    const place = JSON.stringify(fault.path);
    if (!places.has(place)) places.set(place, fault);
  }
  return [...places.values()];
}

/** The release thresholds of one customer's own policy that are milder than its rules, in words. */
export function releaseFaultsOf(policy: Pick<PolicyDocument, 'rules' | 'release'>): string[] {
  return faultsOf({ ...policy, who: 'it', pathOf: (key) => ['release', key] }).map(({ message }) => message);
}

function audiencesOf(policy: PolicyDocument): Audience[] {
  const everybody: Audience = {
    who: 'everybody',
    rules: rulesFor(policy.rules, [], []),
    release: policy.release,
    pathOf: (key) => ['release', key],
  };
  const members = policy.segments.map((segment, index): Audience => {
    const { release } = mergeChanges(policy, [segment.set]);
    const rules = rulesFor(policy.rules, [segment.name], []);
    const own = (key: Key): boolean => segment.set.release?.[key] !== undefined;
    const pathOf = (key: Key) =>
      own(key) ? ['segments', index, 'set', 'release', key] : ['segments', index];
    return { who: `the segment "${segment.name}"`, rules, release, pathOf };
  });
  const single = policy.overrides.flatMap((override, index): Audience[] => {
    if (override.set.release === undefined) return [];
    const { release } = mergeChanges(policy, [override.set]);
    const rules = rulesFor(policy.rules, [], override.set.withoutRules ?? []);
    const pathOf = (key: Key) => ['overrides', index, 'set', 'release', key];
    return [{ who: `the customer "${override.customer}"`, rules, release, pathOf }];
  });
  return [everybody, ...members, ...single];
}

function faultsOf({ who, rules, release, pathOf }: Audience): Contradiction[] {
  const placing = rules.filter((rule) => compareStandings(rule.standing, 'hold') >= 0);
  const use = least(
    placing.map((rule) =>
      'useAtLeastPercent' in rule || 'useAbovePercent' in rule ? useThreshold(rule) : Infinity,
    ),
  );
  const overdue = placing.filter((rule) => rule.rule === 'overdue');
  const days = least(overdue.map((rule) => rule.daysAtLeast));
  const amount = least(overdue.map((rule) => rule.amountAtLeast ?? Infinity));
  const found: Contradiction[] = [];
  const add = (key: Key, what: string, placed: string, limit: number): void => {
    if ((release[key] ?? -Infinity) <= limit) return;
    const message =
      `a hold placed ${placed} would be released at once (${who}): ` +
      `release.${key} is ${release[key] ?? ''}, set it to ${limit}${what} or less`;
    found.push({ path: pathOf(key), message });
  };
  add('useAtMostPercent', ' %', `above ${use} % of the limit`, use);
  add('overdueDaysBelow', ' days', `from ${days} days overdue on`, days);
  add('overdueBelow', '', `from ${amount} overdue on`, amount);
  return found;
}

const least = (values: number[]): number => Math.min(Infinity, ...values);
