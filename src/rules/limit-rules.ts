import { formatMoney, toMinor } from '../domain/index.ts';
import type { CustomerFacts, Position } from '../facts/index.ts';
import { compareStandings, type PolicyForCustomer, type Standing, type UseRule } from '../policy/index.ts';
import { effectiveLimit, explainLimit, measurableLimit } from './effective-limit.ts';
import {
  describeConversions,
  describeInputs,
  invoicesCovering,
  otherBuckets,
  type Flag,
  type RuleName,
} from './flag.ts';
import { severityOf } from './measure.ts';

/** Exposure against the customer's own limit, sub-customers included. At most one flag. */
export function ownLimit(facts: CustomerFacts, policy: PolicyForCustomer): Flag[] {
  const limitMinor = measurableLimit(facts, policy);
  return limitMinor === null ? [] : useFlag(facts, policy, facts.total, limitMinor, null);
}

/** The group's exposure against the group's limit; every member that owes something carries the flag. */
export function groupLimit(facts: CustomerFacts, policy: PolicyForCustomer): Flag[] {
  if (facts.group === null || (facts.total.base?.exposureMinor ?? 0) <= 0) return [];
  return useFlag(facts, policy, facts.group.position, facts.group.limitMinor, facts.group.name);
}

/** Whether the limit in force is 0. */
export function isCashOnly(facts: CustomerFacts, policy: PolicyForCustomer): boolean {
  const limit = effectiveLimit(facts, policy);
  return limit?.kind === 'amount' && limit.limitMinor === 0;
}

/** Limit 0 means cash only: any open item asks for prepayment from now on. */
export function cashOnly(facts: CustomerFacts, policy: PolicyForCustomer): Flag[] {
  const rule = policy.rules.find((candidate) => candidate.rule === 'cash-only');
  if (rule === undefined || facts.total.invoices.length === 0 || !isCashOnly(facts, policy)) return [];
  const inputs = describeInputs(facts, facts.total, 0);
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
        `${facts.customer.name} is cash only (limit 0${because(facts, policy)}) and has ${inputs.invoices.length} open ` +
        `${plural(inputs.invoices.length)} with ${formatMoney(exposure, facts.baseCurrency)} net of credits.`,
      clearsWith: {
        amountMinor: Math.max(0, exposure),
        invoices: inputs.invoices.map((invoice) => invoice.number),
      },
    },
  ];
}

/** Nobody ever assessed this debtor, and it owes more than a little. Never 'over limit': there is no limit. */
export function unassessed(facts: CustomerFacts, policy: PolicyForCustomer): Flag[] {
  const rule = policy.rules.find((candidate) => candidate.rule === 'unassessed');
  const isRoot = facts.debtorId === facts.customer.id;
  if (rule?.rule !== 'unassessed' || facts.group !== null || !isRoot) return [];
  if (effectiveLimit(facts, policy) !== null) return [];
  const threshold = toMinor(rule.openAtLeast, facts.baseCurrency);
  const exposure = facts.total.base?.exposureMinor ?? 0;
  if (exposure < threshold || exposure <= 0) return [];
  const inputs = describeInputs(facts, facts.total, null);
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

/** The highest exposure at which the rule for the not assessed is silent; null when it does not ask for `standing`. */
export function unassessedAtMost(
  facts: CustomerFacts,
  policy: PolicyForCustomer,
  standing: Standing,
): number | null {
  const rule = policy.rules.find((candidate) => candidate.rule === 'unassessed');
  if (rule?.rule !== 'unassessed' || compareStandings(rule.standing, standing) < 0) return null;
  const isRoot = facts.debtorId === facts.customer.id;
  if (facts.group !== null || !isRoot || effectiveLimit(facts, policy) !== null) return null;
  return Math.max(0, toMinor(rule.openAtLeast, facts.baseCurrency) - 1);
}

function useFlag(
  facts: CustomerFacts,
  policy: PolicyForCustomer,
  position: Position,
  limitMinor: number,
  group: string | null,
): Flag[] {
  if (position.base === null) return [];
  const exposure = position.base.exposureMinor;
  const rule = worstMatch(policy, exposure, limitMinor);
  if (rule === null) return [];
  const name: RuleName = group === null ? rule.rule : `group-${rule.rule}`;
  const inputs = describeInputs(facts, position, limitMinor);
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
      explanation: explainUse(facts, policy, position, { rule, exposure, limitMinor, group }),
      clearsWith: { amountMinor, invoices: invoicesCovering(inputs.invoices, amountMinor) },
    },
  ];
}

/** Of the rules that the use meets, the most severe; of equals the higher threshold. */
function worstMatch(policy: PolicyForCustomer, exposureMinor: number, limitMinor: number): UseRule | null {
  let worst: UseRule | null = null;
  for (const rule of policy.rules) {
    if (!isUseRule(rule) || !meets(rule, exposureMinor, limitMinor)) continue;
    if (worst === null || compareRules(rule, worst) > 0) worst = rule;
  }
  return worst;
}

const compareRules = (a: UseRule, b: UseRule): number =>
  compareStandings(a.standing, b.standing) || percentOf(a) - percentOf(b);

const isUseRule = (rule: PolicyForCustomer['rules'][number]): rule is UseRule =>
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
function clearedAt(policy: PolicyForCustomer, matched: UseRule, limitMinor: number): number {
  const silent = highestUse(policy, limitMinor, (rule) => rule.rule === matched.rule);
  return silent ?? limitMinor;
}

/**
 * The highest exposure at which none of the use rules that ask for `standing` or worse speaks; null when there are
 * none. Minor units, base currency.
 */
export function highestUseBelow(
  policy: PolicyForCustomer,
  limitMinor: number,
  standing: Standing,
  only?: UseRule['rule'],
): number | null {
  return highestUse(
    policy,
    limitMinor,
    (rule) => compareStandings(rule.standing, standing) >= 0 && (only === undefined || rule.rule === only),
  );
}

function highestUse(
  policy: PolicyForCustomer,
  limitMinor: number,
  counts: (rule: UseRule) => boolean,
): number | null {
  let lowest: number | null = null;
  for (const rule of policy.rules) {
    if (!isUseRule(rule) || !counts(rule)) continue;
    const silent = thresholdOf(rule, limitMinor) - (rule.useAtLeastPercent === undefined ? 0 : 1);
    if (lowest === null || silent < lowest) lowest = silent;
  }
  return lowest;
}

interface Use {
  rule: UseRule;
  exposure: number;
  limitMinor: number;
  group: string | null;
}

function explainUse(
  facts: CustomerFacts,
  policy: PolicyForCustomer,
  position: Position,
  { rule, exposure, limitMinor, group }: Use,
): string {
  const money = (minor: number): string => formatMoney(minor, facts.baseCurrency);
  const use = limitMinor === 0 ? 'above' : `${Math.floor((exposure * 1000) / limitMinor) / 10} % of`;
  const who =
    group === null ? facts.customer.name : `The group ${group}, to which ${facts.customer.name} belongs,`;
  const above =
    rule.useAtLeastPercent === undefined ? `more than ${percentOf(rule)} %` : `at least ${percentOf(rule)} %`;
  const made = group === null ? explainLimit(facts, policy) : '';
  return (
    `${who}${group === null ? family(facts) : ''} owes ${money(exposure)} (${explainParts(facts, position)}): ` +
    `${use} the limit of ${money(limitMinor)}${made}. The policy says ${rule.standing} from ${above}.`
  );
}

function family({ descendants }: CustomerFacts): string {
  if (descendants.length === 0) return '';
  return ` with its ${descendants.length} sub-customer${descendants.length === 1 ? '' : 's'}`;
}

/** '2 open invoices less 50.00 GBP of unapplied credits; 100.00 EUR at 0.86 (…)', with drafts and orders if they count. */
function explainParts(facts: CustomerFacts, position: Position): string {
  const items = `${position.invoices.length} open ${plural(position.invoices.length)}`;
  const credits = position.base?.unappliedMinor
    ? ` less ${formatMoney(position.base.unappliedMinor, facts.baseCurrency)} of unapplied credits`
    : '';
  const others = otherBuckets(position).map(({ bucket, baseMinor, weightPercent, documents }) => {
    const share = weightPercent === 100 ? '' : ` (${weightPercent} %)`;
    return `, ${formatMoney(baseMinor ?? 0, facts.baseCurrency)} for ${documents.length} ${bucketName(bucket, documents.length)}${share}`;
  });
  return `${items}${credits}${others.join('')}${converted(position.conversions)}`;
}

const bucketName = (bucket: string, count: number): string =>
  `${bucket === 'drafts' ? 'draft' : 'order'}${count === 1 ? '' : 's'}`;

function because(facts: CustomerFacts, policy: PolicyForCustomer): string {
  const limit = effectiveLimit(facts, policy);
  return limit?.kind === 'amount' && limit.isDefault
    ? explainLimit(facts, policy).replace(/^ \((.*)\)$/, ', $1')
    : '';
}

function converted(rates: Position['conversions']): string {
  const text = describeConversions(rates);
  return text === '' ? '' : `; ${text}`;
}

const plural = (count: number): string => (count === 1 ? 'invoice' : 'invoices');
