import type { CustomerFacts } from '../facts/index.ts';
import type { Policy, PolicyForCustomer } from '../policy/index.ts';
import type { Flag } from './flag.ts';
import { cashOnly, groupLimit, ownLimit, unassessed } from './limit-rules.ts';
import { overdue } from './overdue-rule.ts';
import { policyOf } from './profile.ts';

/** One predicate a rule, in the order in which flags are shown. To add a rule, write its function and name it here. */
const RULES: readonly ((facts: CustomerFacts, policy: PolicyForCustomer) => Flag[])[] = [
  groupLimit,
  ownLimit,
  (facts, policy) => overdue(facts, policy),
  cashOnly,
  unassessed,
];

/** Judges every customer by the policy. Pure: the same facts and policy give the same flags, byte for byte. */
export function evaluate(facts: CustomerFacts[], policy: Policy): Flag[] {
  const flags: Flag[] = [];
  for (const one of facts) flags.push(...evaluateOne(one, policy));
  return flags;
}

/** Flags of one customer. Without a rate, or with a row in quarantine, there is one flag that says so. */
export function evaluateOne(facts: CustomerFacts, policy: Policy): Flag[] {
  const reason = cannotDecide(facts);
  if (reason !== null) return [undecided(facts, reason)];
  const own = policyOf(facts, policy);
  return RULES.flatMap((rule) => rule(facts, own));
}

/** Why nothing may be decided from these facts; null when they are sound. */
export function cannotDecide(facts: CustomerFacts): string | null {
  if (facts.incomplete) return 'a document of this customer could not be read (see `holdfast doctor`)';
  if (facts.group?.incomplete === true)
    return `a document of a customer of its group ${facts.group.name} could not be read (see \`holdfast doctor\`)`;
  const inGroup = facts.group?.position.missingRates ?? [];
  if (facts.total.missingRates.length === 0 && inGroup.length === 0) return null;
  const missing = [...facts.total.missingRates, ...inGroup];
  return `no exchange rate recent enough is known for ${[...new Set(missing)].join(', ')}`;
}

function undecided(facts: CustomerFacts, reason: string): Flag {
  return {
    customerId: facts.customer.id,
    rule: 'cannot-decide',
    severity: 'info',
    asOf: facts.asOf,
    currency: facts.baseCurrency,
    figureMinor: null,
    thresholdMinor: null,
    inputs: { invoices: [], credits: [], rates: [], limitMinor: null, days: facts.total.daysOverdueMax },
    explanation: `${facts.customer.name} cannot be judged: ${reason}. Its standing stays as it was.`,
    clearsWith: { amountMinor: 0, invoices: [] },
  };
}
