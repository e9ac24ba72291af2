import type { Contradiction } from './contradiction.ts';
import { nearestWord } from './nearest-word.ts';
import {
  compareStandings,
  type OverdueRule,
  type PolicyDocument,
  type PolicyRule,
  type UseRule,
} from './schema.ts';

/** Rules without a threshold, for segments that are not there, for nobody, or that can never matter. */
export function findRuleFaults(policy: PolicyDocument): Contradiction[] {
  return policy.rules.flatMap((rule, index) => [
    ...checkThresholds(rule, index, policy),
    ...checkAudience(rule, index, policy),
    ...checkMatters(rule, index, policy),
  ]);
}

function checkThresholds(rule: PolicyRule, index: number, { overdue }: PolicyDocument): Contradiction[] {
  if (isUseRule(rule) && (rule.useAtLeastPercent === undefined) === (rule.useAbovePercent === undefined))
    return [{ path: ['rules', index], message: 'give exactly one of useAtLeastPercent and useAbovePercent' }];
  if (rule.rule !== 'overdue' || rule.amountAtLeast === undefined) return [];
  if (rule.amountAtLeast >= overdue.tolerance) return [];
  const message =
    `${rule.amountAtLeast} is below the tolerance of ${overdue.tolerance}, under which no overdue rule speaks: ` +
    'raise this amount, or lower overdue.tolerance';
  return [{ path: ['rules', index, 'amountAtLeast'], message }];
}

function checkAudience(rule: PolicyRule, index: number, policy: PolicyDocument): Contradiction[] {
  const names = policy.segments.map((segment) => segment.name);
  return (['segments', 'exceptSegments'] as const).flatMap((key) =>
    (rule[key] ?? []).flatMap((name, at) => {
      const path = ['rules', index, key, at];
      if (!names.includes(name)) return [{ path, message: unknownSegment(name, names) }];
      if (rule[key]?.indexOf(name) !== at)
        return [{ path, message: `the segment "${name}" stands here twice: keep one` }];
      if (key === 'segments' || rule.segments?.includes(name) !== true) return [];
      const message = `the rule is for the segment "${name}" and not for it: take it out of segments or exceptSegments`;
      return [{ path, message }];
    }),
  );
}

/** What to say of a segment that a policy names and does not have. */
function unknownSegment(name: string, names: string[]): string {
  const near = nearestWord(name, names);
  if (near !== null) return `no segment is called "${name}": did you mean "${near}"?`;
  const known = names.length === 0 ? 'the policy has none' : `there are ${names.join(', ')}`;
  return `no segment is called "${name}": ${known}`;
}

/**
 * A rule can never matter when another one for the same customers, which speaks whenever it does, gives a standing
 * that is at least as severe. When that other one is more severe, the two were probably mixed up.
 */
function checkMatters(rule: PolicyRule, index: number, policy: PolicyDocument): Contradiction[] {
  const stronger = policy.rules.findIndex(
    (other, at) =>
      at !== index &&
      sameAudience(other, rule) &&
      speaksWhenever(other, rule) &&
      compareStandings(other.standing, rule.standing) >= 0 &&
      (at < index || !speaksWhenever(rule, other) || other.standing !== rule.standing),
  );
  const other = policy.rules[stronger];
  if (other === undefined) return [];
  const isMixedUp = other.standing !== rule.standing && rule.rule !== 'cash-only';
  const why = isMixedUp
    ? `a higher threshold gives a milder standing (${rule.standing}) than a lower one (${other.standing}): `
    : '';
  const message =
    `${why}this rule can never matter, as rules.${stronger} gives ${other.standing} whenever it speaks. ` +
    'Correct or remove one of the two';
  return [{ path: ['rules', index], message }];
}

/** Only rules for the same customers are compared: others may be milder for some on purpose. */
function sameAudience(a: PolicyRule, b: PolicyRule): boolean {
  const key = ({ segments, exceptSegments }: PolicyRule): string =>
    JSON.stringify([segments?.toSorted() ?? null, exceptSegments?.toSorted() ?? null]);
  return key(a) === key(b);
}

/** Whether `a` speaks in every case in which `b` does. */
function speaksWhenever(a: PolicyRule, b: PolicyRule): boolean {
  if (a.rule !== b.rule) return false;
  if (a.rule === 'overdue' && b.rule === 'overdue') return overdueWhenever(a, b);
  if (a.rule === 'unassessed' && b.rule === 'unassessed') return a.openAtLeast <= b.openAtLeast;
  if (isUseRule(a) && isUseRule(b)) return useWhenever(a, b);
  return true;
}

function overdueWhenever(a: OverdueRule, b: OverdueRule): boolean {
  if (a.daysAtLeast > b.daysAtLeast) return false;
  const isUnconditional = (rule: OverdueRule): boolean =>
    rule.amountAtLeast === undefined && rule.orShareAtLeastPercent === undefined;
  if (isUnconditional(a)) return true;
  if (isUnconditional(b)) return false;
  const covers = (key: 'amountAtLeast' | 'orShareAtLeastPercent'): boolean =>
    b[key] === undefined || (a[key] !== undefined && a[key] <= b[key]);
  return covers('amountAtLeast') && covers('orShareAtLeastPercent');
}

function useWhenever(a: UseRule, b: UseRule): boolean {
  const [from, to] = [useThreshold(a), useThreshold(b)];
  return (
    from < to || (from === to && (a.useAtLeastPercent !== undefined || b.useAtLeastPercent === undefined))
  );
}

const isUseRule = (rule: PolicyRule): rule is UseRule =>
  rule.rule === 'near-limit' || rule.rule === 'over-limit';

/** The percentage at which a use rule begins. */
export function useThreshold(rule: UseRule): number {
  return rule.useAtLeastPercent ?? rule.useAbovePercent ?? 0;
}
