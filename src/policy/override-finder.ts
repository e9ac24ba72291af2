import type { Day } from '../domain/index.ts';
import type { CustomerProfile } from './customer-profile.ts';
import type { Override } from './schema.ts';

/** The override in force for a customer on a day, with its place in the file; null when there is none. */
export type OverrideFinder = (
  who: CustomerProfile,
  asOf: Day,
) => { override: Override; index: number } | null;

/** Makes a finder. Of several in force for one customer (which `policy check` refuses) the first in the file counts. */
export function overridesByCustomer(overrides: readonly Override[]): OverrideFinder {
  const numbered = overrides.map((override, index) => ({ override, index }));
  const byName = Map.groupBy(numbered, ({ override }) => override.customer);
  return (who, asOf) => {
    if (byName.size === 0) return null;
    const meant = keysOf(who).flatMap((key) => byName.get(key) ?? []);
    const inForce = meant.filter(({ override }) => isInForce(override, asOf));
    return inForce.sort((a, b) => a.index - b.index)[0] ?? null;
  };
}

/** How an override may name a customer: by id, account number or exact name. */
function keysOf({
  id,
  accountNumber,
  name,
}: Pick<CustomerProfile, 'id' | 'accountNumber' | 'name'>): string[] {
  return [...new Set([id, accountNumber?.trim() ?? '', name.trim()])];
}

/** Both ends count. */
function isInForce({ from, until }: Override, asOf: Day): boolean {
  return (from === undefined || asOf >= from) && asOf <= until;
}
