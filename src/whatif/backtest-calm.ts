import type { CaseFile } from '../cases/index.ts';
import { toMinor, type Day } from '../domain/index.ts';
import type { KnownRate, LedgerCustomer, OpenInvoice } from '../mirror/index.ts';
import { useThreshold, type Policy } from '../policy/index.ts';
import { overridesOf } from './backtest-wakes.ts';

/**
 * Below which figures no rule of a policy can ask anything of some customers. Most customers are there on most days,
 * and need no judgement: whoever was clear stays so. Looks at sums only, and errs towards judging.
 */
export interface CalmBounds {
  /** What is open of all of them together must be less. Base currency, minor units. */
  exposureBelowMinor: number;
  /** Nothing may be this many days past due. */
  daysOverdueBelow: number;
}

/** What no segment, override or limit of theirs undercuts; null where only a judgement can tell. */
export function calmBounds(
  policy: Policy,
  customers: LedgerCustomer[],
  file: CaseFile,
  baseCurrency: string,
): CalmBounds | null {
  if (overridesOf(policy, customers).length > 0) return null;
  const sets = policy.segments.map(({ set }) => set);
  const grace = Math.min(policy.overdue.graceDays, ...sets.flatMap(({ graceDays }) => graceDays ?? []));
  const asking = policy.rules.filter(({ standing }) => standing !== 'clear');
  const ages = asking.flatMap((rule) => (rule.rule === 'overdue' ? [rule.daysAtLeast] : []));
  const uses = asking.flatMap((rule) =>
    rule.rule === 'near-limit' || rule.rule === 'over-limit' ? [useThreshold(rule)] : [],
  );
  const limits = limitsOf(file, sets, baseCurrency);
  const unassessed = asking.flatMap((rule) =>
    rule.rule === 'unassessed' ? [toMinor(rule.openAtLeast, baseCurrency)] : [],
  );
  const share = Math.min(...uses, 100) / 100;
  return {
    exposureBelowMinor: Math.min(...limits.map((limit) => limit * share), ...unassessed),
    daysOverdueBelow: grace + Math.min(...ages, Infinity),
  };
}

/** Every limit that one of them may have on some day: permanent, of the group, or what the policy gives. */
function limitsOf(
  file: CaseFile,
  sets: { defaultLimit?: number | undefined }[],
  baseCurrency: string,
): number[] {
  const own = file.limits.entries.flatMap(({ limit }) =>
    limit?.kind === 'amount' ? [limit.limitMinor] : [],
  );
  const given = sets.flatMap(({ defaultLimit }) =>
    defaultLimit === undefined ? [] : [toMinor(defaultLimit, baseCurrency)],
  );
  return [...own, ...file.limits.groups.map((group) => group.limitMinor), ...given];
}

/** More than what is open of some invoices in base currency; Infinity when a rate is missing. */
export function openAtMost(
  invoices: Iterable<OpenInvoice>,
  rates: ReadonlyMap<string, KnownRate>,
  baseCurrency: string,
  minorPerUnit: (currency: string) => number,
): number {
  let sum = 0;
  for (const { currency, openMinor } of invoices) {
    if (openMinor <= 0) continue;
    if (currency === baseCurrency) {
      sum += openMinor;
      continue;
    }
    const rate = rates.get(currency);
    if (rate === undefined) return Infinity;
    const inBase = (openMinor / minorPerUnit(currency)) * Number(rate.rate) * minorPerUnit(baseCurrency);
    // Plain doubles and roundings are off by less than this.
    sum += inBase * 1.000001 + 1;
  }
  return sum;
}

/** The earliest due day of some invoices; null of none. */
export function earliestDue(invoices: Iterable<OpenInvoice>): Day | null {
  let earliest: Day | null = null;
  for (const { dueDate } of invoices) if (earliest === null || dueDate < earliest) earliest = dueDate;
  return earliest;
}
