import { formatMoney } from '../domain/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import type { PolicyForCustomer } from '../policy/index.ts';

/** The limit that a customer is judged by. Minor units, base currency; 0 = cash only. */
export type EffectiveLimit =
  | { kind: 'unlimited' }
  | {
      kind: 'amount';
      limitMinor: number;
      /** Nobody assessed it: the policy gives the limit. */ isDefault: boolean;
    };

/**
 * The limit in force, or for a legal debtor that nobody assessed the policy's default; null when there is neither.
 * Sub-customers have no default: their debtor answers for them.
 */
export function effectiveLimit(facts: CustomerFacts, policy: PolicyForCustomer): EffectiveLimit | null {
  const { limit } = facts;
  if (limit?.kind === 'unlimited') return limit;
  if (limit !== null) return { kind: 'amount', limitMinor: limit.limitMinor, isDefault: false };
  const isRoot = facts.debtorId === facts.customer.id;
  if (policy.defaultLimitMinor === null || !isRoot) return null;
  return { kind: 'amount', limitMinor: policy.defaultLimitMinor, isDefault: true };
}

/** The limit as an amount above 0 that use can be measured by; null for cash only, unlimited and none. */
export function measurableLimit(facts: CustomerFacts, policy: PolicyForCustomer): number | null {
  const limit = effectiveLimit(facts, policy);
  return limit?.kind === 'amount' && limit.limitMinor > 0 ? limit.limitMinor : null;
}

/** What the limit is made of, in brackets: '' or ' (1,000.00 GBP and 500.00 GBP until 2026-04-30; …)'. */
export function explainLimit(facts: CustomerFacts, policy: PolicyForCustomer): string {
  const limit = effectiveLimit(facts, policy);
  if (limit?.kind !== 'amount') return '';
  if (limit.isDefault) return ` (${defaultSource(policy)})`;
  const parts = [...temporaryParts(facts), ...insuredPart(facts)];
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}

function defaultSource(policy: PolicyForCustomer): string {
  const { override, segments, inSegments } = policy;
  if (override?.set.defaultLimit !== undefined) return `by the policy’s override: ${override.reason}`;
  const from = segments.find(({ name, set }) => set.defaultLimit !== undefined && inSegments.includes(name));
  return `by the policy’s default limit${from === undefined ? '' : ` for segment ${from.name}`}`;
}

function temporaryParts({ limit, limitTerms, asOf, baseCurrency }: CustomerFacts): string[] {
  if (limitTerms === null || limit?.kind !== 'amount') return [];
  const money = (minor: number): string => formatMoney(minor, baseCurrency);
  const now = limitTerms.temporary.filter(({ from, to }) => from <= asOf && asOf <= to);
  if (now.length === 0) return [];
  const permanent = money(limitTerms.permanentMinor ?? 0);
  const added = now.map(({ amountMinor, to, reason }) => `${money(amountMinor)} until ${to}: ${reason}`);
  return [`${permanent} and ${added.join(', ')}`];
}

function insuredPart({ limitTerms, asOf, baseCurrency }: CustomerFacts): string[] {
  const insured = limitTerms?.insured ?? null;
  if (insured === null || (insured.until !== null && insured.until < asOf)) return [];
  const amount = formatMoney(insured.limitMinor, baseCurrency);
  return [`${insured.insurer} insures ${insured.coverPercent} % of up to ${amount}`];
}
