import { toMinor } from '../domain/index.ts';
import { compareStandings, type PolicyForCustomer, type Standing } from '../policy/index.ts';

/** An overdue rule with its amounts in minor units of the base currency. */
export interface OverdueTerms {
  standing: Standing;
  daysAtLeast: number;
  toleranceMinor: number;
  /** null = no amount is asked for. */
  amountMinor: number | null;
  /** Percent of the balance; null = no share is asked for. */
  sharePercent: number | null;
}

/** The overdue rules of a policy that ask for at least `standing`. */
export function overdueTerms(
  policy: PolicyForCustomer,
  baseCurrency: string,
  standing: Standing = 'clear',
): readonly OverdueTerms[] {
  const known = termsOf.get(policy) ?? new Map<string, readonly OverdueTerms[]>();
  termsOf.set(policy, known);
  const key = `${baseCurrency} ${standing}`;
  const terms = known.get(key) ?? makeTerms(policy, baseCurrency, standing);
  known.set(key, terms);
  return terms;
}

/** One policy speaks of thousands of customers: its amounts are converted once. */
const termsOf = new WeakMap<PolicyForCustomer, Map<string, readonly OverdueTerms[]>>();

function makeTerms(policy: PolicyForCustomer, baseCurrency: string, standing: Standing): OverdueTerms[] {
  const toleranceMinor = toMinor(policy.overdue.tolerance, baseCurrency);
  return policy.rules.flatMap((rule) => {
    if (rule.rule !== 'overdue' || compareStandings(rule.standing, standing) < 0) return [];
    return [
      {
        standing: rule.standing,
        daysAtLeast: rule.daysAtLeast,
        toleranceMinor,
        amountMinor: rule.amountAtLeast === undefined ? null : toMinor(rule.amountAtLeast, baseCurrency),
        sharePercent: rule.orShareAtLeastPercent ?? null,
      },
    ];
  });
}

/**
 * The threshold that a late sum of at least the rule's age has reached, or null when the rule does not speak of it.
 * A balance of nothing or less has no share. Minor units, base currency.
 */
export function reachedThreshold(terms: OverdueTerms, sumMinor: number, balanceMinor: number): number | null {
  const { toleranceMinor, amountMinor, sharePercent } = terms;
  if (sumMinor <= 0 || sumMinor < toleranceMinor) return null;
  if (amountMinor === null && sharePercent === null) return toleranceMinor;
  const amount = amountMinor ?? Infinity;
  const share =
    sharePercent === null || balanceMinor <= 0 ? Infinity : Math.ceil((balanceMinor * sharePercent) / 100);
  const reached = Math.min(sumMinor >= amount ? amount : Infinity, sumMinor >= share ? share : Infinity);
  return reached === Infinity ? null : reached;
}
