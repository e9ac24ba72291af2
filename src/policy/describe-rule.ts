import type { PolicyRule } from './schema.ts';

/** A rule in one line: 'overdue by 30 days or more, with 250 or 5 % of the balance, not for "public" → hold'. */
export function describeRule(rule: PolicyRule): string {
  return `${conditionOf(rule)}${audienceOf(rule)} → ${rule.standing}`;
}

function conditionOf(rule: PolicyRule): string {
  switch (rule.rule) {
    case 'near-limit':
    case 'over-limit':
      return rule.useAtLeastPercent === undefined
        ? `${rule.rule}: more than ${rule.useAbovePercent ?? 0} % of the limit`
        : `${rule.rule}: ${rule.useAtLeastPercent} % of the limit or more`;
    case 'overdue': {
      const share = rule.orShareAtLeastPercent;
      const sums = [
        ...(rule.amountAtLeast === undefined ? [] : [String(rule.amountAtLeast)]),
        ...(share === undefined ? [] : [`${share} % of the balance`]),
      ];
      const days = `overdue by ${rule.daysAtLeast} ${rule.daysAtLeast === 1 ? 'day' : 'days'} or more`;
      return sums.length === 0 ? days : `${days}, with ${sums.join(' or ')}`;
    }
    case 'cash-only':
      return 'cash only with an open invoice';
    case 'unassessed':
      return `no limit and ${rule.openAtLeast} open or more`;
  }
}

function audienceOf({ segments, exceptSegments }: PolicyRule): string {
  const names = (list: string[]): string => list.map((name) => `"${name}"`).join(', ');
  const only = segments === undefined ? '' : `, only for ${names(segments)}`;
  return exceptSegments === undefined ? only : `${only}, not for ${names(exceptSegments)}`;
}
