import type { BookLimit } from '../core/book.ts';
import type { CustomerLedger } from './customer-ledger.ts';
import type { CustomerPlan } from './plan.ts';
import { Random } from './random.ts';
import type { MonthlyRates } from './rates.ts';

/** What a customer owes less what is unapplied, in base currency minor units, by the rate of that day's month. */
export function exposureMinor(ledger: CustomerLedger, rates: MonthlyRates, today: string): number {
  const open = ledger.invoices.filter((invoice) => invoice.status === 'open');
  const debit = open.reduce((sum, invoice) => sum + invoice.openMinor, 0);
  const credit = ledger.credits.reduce((sum, one) => sum + one.openMinor, 0);
  return Math.round((debit - credit) * Number(rates.rate(ledger.plan.currency, today)));
}

/**
 * The limit that puts a customer where its role says: near, over, far over, or comfortably inside. Returns a decimal
 * in base currency, '' for not assessed, 'unlimited', or null for no row at all.
 */
export function suggestedLimit(plan: CustomerPlan, exposure: number, seedLabel: string): string | null {
  const random = new Random(`${seedLabel}/limit/${plan.index}`);
  switch (plan.role) {
    case 'archived':
    case 'merged':
      return null;
    case 'unassessed':
      return random.chance(0.5) ? '' : null;
    case 'unlimited':
      return 'unlimited';
    case 'zero':
      return '0';
    case 'near':
      return fitted(exposure / random.between(0.83, 0.97));
    case 'over':
      return fitted(exposure / random.between(1.02, 1.08));
    case 'over-hold':
      return fitted(exposure / random.between(1.14, 1.6));
    default:
      return comfortable(exposure, random);
  }
}

/** One row per member of a family: the group's limit beside the member's own. */
export function groupLimit(memberExposures: number[], family: number): string {
  const sum = memberExposures.reduce((total, exposure) => total + exposure, 0);
  return fitted(Math.max(sum, 100_000) / (family % 3 === 0 ? 0.86 : 0.5));
}

export function limitRow(
  plan: CustomerPlan,
  limit: string,
  group: { name: string; limit: string } | null,
): BookLimit {
  return { customerName: plan.name, limit, group: group?.name ?? null, groupLimit: group?.limit ?? null };
}

/** To the nearest ten: close enough that the share of the limit stays where it was aimed. */
function fitted(minor: number): string {
  return String(Math.max(1, Math.round(minor / 1000)) * 10);
}

/** A round number well above what is owed; nobody with business is given less than 2,500. */
function comfortable(exposure: number, random: Random): string {
  const wanted = Math.max(250_000, exposure * random.between(1.7, 4));
  const step = wanted > 2_000_000 ? 500_000 : 50_000;
  return String((Math.ceil(wanted / step) * step) / 100);
}
