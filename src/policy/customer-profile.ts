import type { CustomerId } from '../domain/index.ts';

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
