import type { CustomerFacts } from '../facts/index.ts';
import { policyFor, type CustomerProfile, type Policy, type PolicyForCustomer } from '../policy/index.ts';

/** What segments and overrides look at, taken from the facts. */
export function profileOf(facts: CustomerFacts): CustomerProfile {
  const { customer, total } = facts;
  return {
    id: customer.id,
    name: customer.name,
    accountNumber: customer.accountNumber,
    currency: customer.currency,
    country: customer.country,
    group: facts.group?.name ?? null,
    tags: facts.tags,
    termsDays: facts.termsDays,
    balanceMinor: total.base?.balanceMinor ?? null,
    baseCurrency: facts.baseCurrency,
  };
}

/** The policy as it is for these facts: segments and override of the customer worked in. */
export function policyOf(facts: CustomerFacts, policy: Policy): PolicyForCustomer {
  return policyFor(policy, profileOf(facts), facts.asOf);
}
