import { formatMoney, toMinor } from '../domain/index.ts';
import type { CustomerFacts, Position } from '../facts/index.ts';
import { compareStandings, type Policy, type UseRule } from '../policy/index.ts';
import { describeConversions, describeInputs, invoicesCovering, type Flag, type RuleName } from './flag.ts';
import { daysPastDue, severityOf } from './measure.ts';

/** Exposure against the customer's own limit, sub-customers included. At most one flag. */
export function ownLimit(facts: CustomerFacts, policy: Policy): Flag[] {
  if (facts.limit?.kind !== 'amount' || facts.limit.limitMinor === 0) return [];
  return useFlag(facts, policy, facts.total, facts.limit.limitMinor, null);
}

/** The group's exposure against the group's limit; every member that owes something carries the flag. */
export function groupLimit(facts: CustomerFacts, policy: Policy): Flag[] {
  if (facts.group === null || (facts.total.base?.exposureMinor ?? 0) <= 0) return [];
  return useFlag(facts, policy, facts.group.position, facts.group.limitMinor, facts.group.name);
}

/** Limit 0 means cash only: any open item asks for prepayment from now on. */
export function cashOnly(facts: CustomerFacts, policy: Policy): Flag[] {
  const rule = policy.rules.find((candidate) => candidate.rule === 'cash-only');
  const isCashOnly = facts.limit?.kind === 'amount' && facts.limit.limitMinor === 0;
  if (rule === undefined || !isCashOnly || facts.total.invoices.length === 0) return [];
  const inputs = describeInputs(facts, facts.total, daysPastDue(facts), 0);
  const exposure = facts.total.base?.exposureMinor ?? 0;
  return [
    {
      customerId: facts.customer.id,
      rule: 'cash-only',
      severity: severityOf(rule.standing),
      asOf: facts.asOf,
      currency: facts.baseCurrency,
      figureMinor: exposure,
      thresholdMinor: 0,
      inputs,
      explanation:
        `${facts.customer.name} is cash only (limit 0) and has ${inputs.invoices.length} open ` +
        `${plural(inputs.invoices.length)} with ${formatMoney(exposure, facts.baseCurrency)} net of credits.`,
      clearsWith: {
        amountMinor: Math.max(0, exposure),
        invoices: inputs.invoices.map((invoice) => invoice.number),
      },
    },
  ];
}

/** Nobody ever assessed this debtor, and it owes more than a little. Never 'over limit': there is no limit. */
export function unassessed(facts: CustomerFacts, policy: Policy): Flag[] {
  const rule = policy.rules.find((candidate) => candidate.rule === 'unassessed');
  const isRoot = facts.debtorId === facts.customer.id;
  if (rule?.rule !== 'unassessed' || facts.limit !== null || facts.group !== null || !isRoot) return [];
  const threshold = toMinor(rule.openAtLeast, facts.baseCurrency);
  const exposure = facts.total.base?.exposureMinor ?? 0;
  if (exposure < threshold || exposure <= 0) return [];
  const inputs = describeInputs(facts, facts.total, daysPastDue(facts), null);
  const amountMinor = Math.min(exposure, exposure - threshold + 1);
  return [
    {
      customerId: facts.customer.id,
      rule: 'unassessed',
      severity: severityOf(rule.standing),
      asOf: facts.asOf,
      currency: facts.baseCurrency,
      figureMinor: exposure,
      thresholdMinor: threshold,
      inputs,
      explanation:
        `${facts.customer.name} has no credit limit and owes ${formatMoney(exposure, facts.baseCurrency)}` +
        `${converted(inputs.rates)}; from ${formatMoney(threshold, facts.baseCurrency)} on somebody should set one.`,
      clearsWith: { amountMinor, invoices: invoicesCovering(inputs.invoices, amountMinor) },
    },
  ];
}

function useFlag(
  facts: CustomerFacts,
  policy: Policy,
  position: Position,
  limitMinor: number,
  group: string | null,
): Flag[] {
  if (position.base === null) return [];
  const exposure = position.base.exposureMinor;
  const rule = worstMatch(policy, exposure, limitMinor);
  if (rule === null) return [];
  const name: RuleName = group === null ? rule.rule : `group-${rule.rule}`;
  const inputs = describeInputs(facts, position, daysPastDue(facts), limitMinor);
  const amountMinor = exposure - clearedAt(policy, rule, limitMinor);
  return [
    {
      customerId: facts.customer.id,
      rule: name,
      severity: severityOf(rule.standing),
      asOf: facts.asOf,
      currency: facts.baseCurrency,
      figureMinor: exposure,
      thresholdMinor: thresholdOf(rule, limitMinor),
      inputs,
      explanation: explainUse(facts, position, rule, exposure, limitMinor, group),
      clearsWith: { amountMinor, invoices: invoicesCovering(inputs.invoices, amountMinor) },
    },
  ];
}

/** Of the rules that the use meets, the most severe; of equals the higher threshold. */
function worstMatch(policy: Policy, exposureMinor: number, limitMinor: number): UseRule | null {
  const met = policy.rules.filter(
    (rule): rule is UseRule => isUseRule(rule) && meets(rule, exposureMinor, limitMinor),
  );
  const worst = met.sort((a, b) => compareStandings(b.standing, a.standing) || percentOf(b) - percentOf(a));
  return worst[0] ?? null;
}

const isUseRule = (rule: Policy['rules'][number]): rule is UseRule =>
  rule.rule === 'near-limit' || rule.rule === 'over-limit';

/** Compared without division, so that exactly 80 % is 80 %. */
function meets(rule: UseRule, exposureMinor: number, limitMinor: number): boolean {
  const left = exposureMinor * 100;
  if (rule.useAtLeastPercent !== undefined) return left >= limitMinor * rule.useAtLeastPercent;
  return left > limitMinor * percentOf(rule);
}

const percentOf = (rule: UseRule): number => rule.useAtLeastPercent ?? rule.useAbovePercent ?? 0;

/** The figure that the rule begins at (at least) or must be passed (above), in whole minor units. */
function thresholdOf(rule: UseRule, limitMinor: number): number {
  const exact = (limitMinor * percentOf(rule)) / 100;
  return rule.useAtLeastPercent !== undefined ? Math.ceil(exact) : Math.floor(exact);
}

/** The highest exposure at which no rule of this name speaks any more. */
function clearedAt(policy: Policy, matched: UseRule, limitMinor: number): number {
  const same = policy.rules.filter((rule): rule is UseRule => isUseRule(rule) && rule.rule === matched.rule);
  const lowest = same.sort((a, b) => percentOf(a) - percentOf(b))[0] ?? matched;
  return lowest.useAtLeastPercent === undefined
    ? thresholdOf(lowest, limitMinor)
    : thresholdOf(lowest, limitMinor) - 1;
}

function explainUse(
  facts: CustomerFacts,
  position: Position,
  rule: UseRule,
  exposure: number,
  limitMinor: number,
  group: string | null,
): string {
  const currency = facts.baseCurrency;
  const use = limitMinor === 0 ? 'above' : `${Math.floor((exposure * 1000) / limitMinor) / 10} % of`;
  const who =
    group === null ? facts.customer.name : `The group ${group}, to which ${facts.customer.name} belongs,`;
  const family =
    group === null && facts.descendants.length > 0
      ? ` with its ${facts.descendants.length} sub-customer${facts.descendants.length === 1 ? '' : 's'}`
      : '';
  const items = `${position.invoices.length} open ${plural(position.invoices.length)}`;
  const credits = position.base?.unappliedMinor
    ? ` less ${formatMoney(position.base.unappliedMinor, currency)} of unapplied credits`
    : '';
  const above =
    rule.useAtLeastPercent === undefined ? `more than ${percentOf(rule)} %` : `at least ${percentOf(rule)} %`;
  return (
    `${who}${family} owes ${formatMoney(exposure, currency)} (${items}${credits}${converted(position.conversions)}): ` +
    `${use} the limit of ${formatMoney(limitMinor, currency)}. The policy says ${rule.standing} from ${above}.`
  );
}

function converted(rates: Position['conversions']): string {
  const text = describeConversions(rates);
  return text === '' ? '' : `; ${text}`;
}

const plural = (count: number): string => (count === 1 ? 'invoice' : 'invoices');
