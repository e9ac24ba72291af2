import { formatMoney, toMinor } from '../domain/index.ts';
import type { Conversion, CustomerFacts } from '../facts/index.ts';
import { compareStandings, type OverdueRule, type Policy } from '../policy/index.ts';
import { describeConversions, describeInputs, type Flag } from './flag.ts';
import { daysPastDue, severityOf, sumAtRates } from './measure.ts';

/**
 * Age AND (amount OR share of the balance). The age is that of the oldest item beyond the grace; amount and share
 * look only at items of at least the rule's age, and so does the tolerance, so that one old trifle beside fresh
 * invoices stops nobody.
 * At most one flag: that of the most severe rule which speaks.
 */
export function overdue(facts: CustomerFacts, policy: Policy): Flag[] {
  const late = lateItems(facts, policy.overdue.graceDays, 1);
  if (
    late === null ||
    late.sumMinor <= 0 ||
    late.sumMinor < toMinor(policy.overdue.tolerance, facts.baseCurrency)
  )
    return [];
  const match = worstMatch(facts, policy);
  if (match === null) return [];
  const { rule, thresholdMinor, sumMinor } = match;
  const inputs = describeInputs(
    facts,
    { ...late, credits: [], daysOverdueMax: facts.total.daysOverdueMax },
    daysPastDue(facts),
    null,
  );
  return [
    {
      customerId: facts.customer.id,
      rule: 'overdue',
      severity: severityOf(rule.standing),
      asOf: facts.asOf,
      currency: facts.baseCurrency,
      figureMinor: late.sumMinor,
      thresholdMinor,
      inputs,
      explanation: explain(facts, late, rule, sumMinor, thresholdMinor),
      clearsWith: { amountMinor: late.sumMinor, invoices: inputs.invoices.map((invoice) => invoice.number) },
    },
  ];
}

interface LateItems {
  invoices: CustomerFacts['total']['invoices'];
  conversions: Conversion[];
  /** In base currency, each currency rounded once. */
  sumMinor: number;
}

/** Open invoices at least `days` past due beyond the grace; null when a rate is missing. */
function lateItems(facts: CustomerFacts, graceDays: number, days: number): LateItems | null {
  const past = daysPastDue(facts);
  const invoices = facts.total.invoices.filter((invoice) => past(invoice.dueDate) - graceDays >= days);
  const conversions = sumAtRates(invoices, facts);
  if (conversions === null) return null;
  return {
    invoices,
    conversions,
    sumMinor: conversions.reduce((sum, conversion) => sum + conversion.baseMinor, 0),
  };
}

interface Match {
  rule: OverdueRule;
  thresholdMinor: number;
  sumMinor: number;
}

function worstMatch(facts: CustomerFacts, policy: Policy): Match | null {
  const matches = policy.rules.flatMap((rule) =>
    rule.rule === 'overdue' ? (matchRule(facts, policy, rule) ?? []) : [],
  );
  const worst = matches.sort(
    (a, b) => compareStandings(b.rule.standing, a.rule.standing) || b.rule.daysAtLeast - a.rule.daysAtLeast,
  );
  return worst[0] ?? null;
}

function matchRule(facts: CustomerFacts, policy: Policy, rule: OverdueRule): Match | null {
  const items = lateItems(facts, policy.overdue.graceDays, rule.daysAtLeast);
  if (items === null || items.invoices.length === 0) return null;
  const { sumMinor } = items;
  const tolerance = toMinor(policy.overdue.tolerance, facts.baseCurrency);
  if (sumMinor < tolerance) return null;
  if (rule.amountAtLeast === undefined && rule.orShareAtLeastPercent === undefined) {
    return { rule, thresholdMinor: tolerance, sumMinor };
  }
  const amount =
    rule.amountAtLeast === undefined ? Infinity : toMinor(rule.amountAtLeast, facts.baseCurrency);
  const share = shareThreshold(facts, rule);
  const reached = [amount, share].filter((threshold) => sumMinor >= threshold);
  return reached.length === 0 ? null : { rule, thresholdMinor: Math.min(...reached), sumMinor };
}

/** The share of the balance as a sum; a balance of nothing or less has no share. */
function shareThreshold(facts: CustomerFacts, rule: OverdueRule): number {
  const balance = facts.total.base?.exposureMinor ?? 0;
  if (rule.orShareAtLeastPercent === undefined || balance <= 0) return Infinity;
  return Math.ceil((balance * rule.orShareAtLeastPercent) / 100);
}

function explain(
  facts: CustomerFacts,
  late: LateItems,
  rule: OverdueRule,
  sumMinor: number,
  thresholdMinor: number,
): string {
  const oldest = late.invoices[0];
  const currency = facts.baseCurrency;
  const count = late.invoices.length;
  const rates = describeConversions(late.conversions);
  const older =
    rule.amountAtLeast === undefined && rule.orShareAtLeastPercent === undefined
      ? ''
      : `; ${formatMoney(sumMinor, currency)} of it is ${inDays(rule.daysAtLeast)} or more overdue, at least ${formatMoney(thresholdMinor, currency)}`;
  return (
    `${facts.customer.name} is overdue with ${formatMoney(late.sumMinor, currency)} on ${count} ` +
    `${count === 1 ? 'invoice' : 'invoices'}${rates === '' ? '' : ` (${rates})`}, the oldest, ${oldest?.number ?? ''}, ` +
    `due ${oldest?.dueDate ?? ''}, ${inDays(facts.total.daysOverdueMax)} ago${older}. ` +
    `The policy says ${rule.standing} from ${inDays(rule.daysAtLeast)}.`
  );
}

const inDays = (count: number): string => `${count} ${count === 1 ? 'day' : 'days'}`;
