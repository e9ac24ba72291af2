import { csvCell } from '../cases/index.ts';
import { toDecimal, type PlatformName } from '../domain/index.ts';
import type { HeldCustomer } from './held-customers.ts';
import type { CompanyHeld } from './read-held.ts';

/** One held customer as it is written down. Minor units of `currency`. */
export interface HeldElement {
  connection: { id: string; platform: PlatformName; name: string };
  customer: { id: string; remoteId: string; name: string; accountNumber: string | null };
  standing: string;
  /** A day; null when it is not known. */
  since: string | null;
  rule: string;
  reason: string;
  currency: string;
  exposureMinor: number | null;
  clearing: HeldCustomer['clearing'];
  onPlatform: boolean;
}

/** The held list as it is written down: `holdfast held --json`, GET /api/v1/held.json and the owner's webhook. */
export interface HeldDocument {
  companies: {
    id: string;
    platform: PlatformName;
    name: string;
    asOf: string | null;
    syncedAt: string | null;
  }[];
  held: HeldElement[];
}

export function describeHeld(companies: readonly CompanyHeld[]): HeldDocument {
  return {
    companies: companies.map(({ connection: { id, platform, name }, asOf, syncedAtMs }) => ({
      id,
      platform,
      name,
      asOf,
      syncedAt: syncedAtMs === null ? null : new Date(syncedAtMs).toISOString(),
    })),
    held: companies.flatMap((company) => company.held.map((one) => elementOf(company, one))),
  };
}

function elementOf({ connection }: CompanyHeld, held: HeldCustomer): HeldElement {
  const { id, platform, name } = connection;
  const { customer, standing, since, rule, reason, exposureMinor, clearing, onPlatform } = held;
  return {
    connection: { id, platform, name },
    customer: {
      id: `${id}:${customer.id}`,
      remoteId: customer.id,
      name: customer.name,
      accountNumber: customer.accountNumber,
    },
    standing,
    since,
    rule,
    reason,
    currency: connection.baseCurrency,
    exposureMinor,
    clearing,
    onPlatform,
  };
}

const HEADER =
  'connection,customer,account_number,name,standing,since,rule,reason,currency,exposure,clears_with,clearing,on_platform';

/** The same as CSV with a header line; amounts are decimals. No cell is a formula to a spreadsheet. */
export function formatHeld({ held }: HeldDocument): string {
  const lines = held.map(({ connection, customer, currency, exposureMinor, clearing, ...rest }) =>
    [
      connection.id,
      customer.remoteId,
      customer.accountNumber ?? '',
      customer.name,
      rest.standing,
      rest.since ?? '',
      rest.rule,
      rest.reason,
      currency,
      exposureMinor === null ? '' : toDecimal(exposureMinor, currency),
      clearing === null ? '' : toDecimal(clearing.amountMinor, clearing.currency),
      clearing?.sentence ?? '',
      rest.onPlatform ? 'yes' : 'no',
    ]
      .map(csvCell)
      .join(','),
  );
  return [HEADER, ...lines, ''].join('\n');
}
