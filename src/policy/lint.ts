import { compareStandings, type OverdueRule, type PolicyDocument, type UseRule } from './schema.ts';

export interface Contradiction {
  path: (string | number)[];
  message: string;
}

/** What the schema cannot see: rules that contradict each other. Empty when there are none. */
export function findContradictions(policy: PolicyDocument): Contradiction[] {
  return [...checkUse(policy), ...checkOverdue(policy), ...checkRelease(policy), ...checkReminders(policy)];
}

function checkUse(policy: PolicyDocument): Contradiction[] {
  const found: Contradiction[] = [];
  policy.rules.forEach((rule, index) => {
    if (rule.rule !== 'near-limit' && rule.rule !== 'over-limit') return;
    if ((rule.useAtLeastPercent === undefined) === (rule.useAbovePercent === undefined)) {
      found.push({
        path: ['rules', index],
        message: 'give exactly one of useAtLeastPercent and useAbovePercent',
      });
    }
  });
  return [...found, ...descending(policy, (rule) => useThreshold(rule as UseRule), ['over-limit'])];
}

function checkOverdue(policy: PolicyDocument): Contradiction[] {
  return descending(policy, (rule) => (rule as OverdueRule).daysAtLeast, ['overdue']);
}

/** A higher threshold of one rule must not give a milder standing. */
function descending(
  policy: PolicyDocument,
  threshold: (rule: PolicyDocument['rules'][number]) => number,
  names: string[],
): Contradiction[] {
  const rules = policy.rules
    .map((rule, index) => ({ rule, index }))
    .filter(({ rule }) => names.includes(rule.rule));
  const sorted = rules.sort((a, b) => threshold(a.rule) - threshold(b.rule));
  return sorted.slice(1).flatMap((later, i) => {
    const earlier = sorted[i];
    if (earlier === undefined || compareStandings(later.rule.standing, earlier.rule.standing) >= 0) return [];
    const message = `a higher threshold gives a milder standing (${later.rule.standing}) than a lower one (${earlier.rule.standing})`;
    return [{ path: ['rules', later.index], message }];
  });
}

function checkRelease(policy: PolicyDocument): Contradiction[] {
  const holdUse = policy.rules.flatMap((rule) =>
    rule.rule === 'over-limit' && rule.standing === 'hold' ? [useThreshold(rule)] : [],
  );
  const lowest = Math.min(...holdUse);
  if (policy.release.useAtMostPercent <= lowest) return [];
  const message = `a hold placed above ${lowest}% would be released at once: release must not be higher`;
  return [{ path: ['release', 'useAtMostPercent'], message }];
}

function checkReminders(policy: PolicyDocument): Contradiction[] {
  const { steps, window } = policy.reminders;
  const found: Contradiction[] = [];
  if (steps.some((step, i) => i > 0 && step <= (steps[i - 1] ?? -Infinity))) {
    found.push({ path: ['reminders', 'steps'], message: 'the steps must ascend' });
  }
  if (steps.includes(0))
    found.push({ path: ['reminders', 'steps'], message: 'step 0 is not known: use -1 or 1' });
  if (window.from >= window.to) {
    found.push({
      path: ['reminders', 'window'],
      message: `the window ends (${window.to}) before it begins (${window.from})`,
    });
  }
  return found;
}

/** The percentage at which a use rule begins. */
export function useThreshold(rule: UseRule): number {
  return rule.useAtLeastPercent ?? rule.useAbovePercent ?? 0;
}
