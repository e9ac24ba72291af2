import type { PlatformName } from '../domain/index.ts';
import type { LedgerCustomer, Connection } from '../mirror/index.ts';

/** A connection as other documents name it. */
export interface ConnectionRef {
  id: string;
  platform: PlatformName;
  name: string;
}

/** A customer as every document names it: `id` is unique in this Holdfast, `remoteId` is the platform's. */
export interface CustomerRef {
  id: string;
  remoteId: string;
  name: string;
}

export function describeConnectionRef({ id, platform, name }: Connection): ConnectionRef {
  return { id, platform, name };
}

export function describeCustomerRef(
  connection: Pick<Connection, 'id'>,
  customer: Pick<LedgerCustomer, 'id' | 'name'>,
): CustomerRef {
  return { id: `${connection.id}:${customer.id}`, remoteId: customer.id, name: customer.name };
}

/** ISO 8601 in UTC; null stays null. */
export function isoInstant(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
