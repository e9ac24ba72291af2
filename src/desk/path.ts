import { HoldfastError, type CustomerId } from '../domain/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import type { Policy } from '../policy/index.ts';
import { policyOf } from '../rules/index.ts';
import type { Member } from './limit-checks.ts';

/** From a customer to its debtor, parent by parent. Throws CUSTOMER_UNKNOWN for one that came after the last sync. */
export function pathOf(
  id: CustomerId,
  around: ReadonlyMap<CustomerId, CustomerFacts>,
  policy: Policy,
): readonly [Member, ...Member[]] {
  const self = around.get(id);
  if (self === undefined) throw notThere(id);
  const above = [...around.values()]
    .filter((one) => one.descendants.includes(id))
    // The farther up, the more of them are below.
    .sort((a, b) => a.descendants.length - b.descendants.length);
  const memberOf = (facts: CustomerFacts): Member => ({ facts, policy: policyOf(facts, policy) });
  return [memberOf(self), ...above.map(memberOf)];
}

const notThere = (id: CustomerId): HoldfastError =>
  new HoldfastError('CUSTOMER_UNKNOWN', `Customer ${id} has no figures yet: it came after the last sync.`, {
    kind: 'state',
    hint: 'Ask again after the next sync.',
  });
