import { decideStandings, type StandingRecord } from '../decisions/index.ts';
import type { CustomerId } from '../domain/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import type { Policy } from '../policy/index.ts';
import { evaluate } from '../rules/index.ts';

/**
 * How a customer stands now by the rules and by people's word, as if nobody had released anything: a release is held
 * against each order by itself. `family` is everybody below its debtor, the debtor included; `before` what was last
 * written down of them. Pure.
 */
export function standingNow(
  id: CustomerId,
  family: readonly CustomerFacts[],
  before: ReadonlyMap<CustomerId, StandingRecord>,
  policy: Policy,
): StandingRecord {
  const facts = family.map((one) => ({ ...one, releases: [] }));
  const decided = decideStandings(facts, evaluate(facts, policy), before, policy);
  const own = decided.find((one) => one.customerId === id);
  const asOf = family[0]?.asOf;
  if (own === undefined || asOf === undefined) throw new Error(`no standing of customer ${id} was decided`);
  const { from: _from, changed: _changed, ...record } = own;
  return record;
}

/** Everybody below the debtor of a customer, and the debtor itself. */
export function familyOf(id: CustomerId, around: ReadonlyMap<CustomerId, CustomerFacts>): CustomerFacts[] {
  const debtorId = around.get(id)?.debtorId ?? id;
  const debtor = around.get(debtorId);
  const ids = [debtorId, ...(debtor?.descendants ?? [])];
  return ids.flatMap((one) => around.get(one) ?? []);
}
