import { HoldfastError, type CustomerId } from '../domain/index.ts';
import { findCustomers, findSurvivor, type Connection, type CustomerName } from '../mirror/index.ts';
import type { Reader } from '../store/index.ts';

/** Who an order is for, and which merged customer was asked for instead. */
export interface Debtor {
  id: CustomerId;
  /** The name of the merged customer that was asked for; null when it was not a merged one. */
  mergedFrom: string | null;
}

/**
 * The one customer that a text means: by id, account number, exact name or main e-mail address; of a merged one the
 * customer that it lives on in. Throws CUSTOMER_UNKNOWN, and CUSTOMER_UNCLEAR naming the ids.
 */
export async function findDebtor(reader: Reader, connection: Connection, asked: string): Promise<Debtor> {
  const found = await findCustomers(reader, connection.id, asked);
  const survivors = new Map<CustomerId, { one: CustomerName; survivor: CustomerName }>();
  for (const one of found) {
    const survivor = await findSurvivor(reader, connection.id, one);
    if (survivor === null || survivor.status === 'deleted') continue;
    // Whoever was asked for by its own name goes before one that was merged into it.
    if (!survivors.has(survivor.id) || one.id === survivor.id) survivors.set(survivor.id, { one, survivor });
  }
  const [only] = survivors.values();
  if (only === undefined) throw unknown(asked, connection);
  if (survivors.size > 1) throw unclear(asked, [...survivors.keys()]);
  return { id: only.survivor.id, mergedFrom: only.one.id === only.survivor.id ? null : only.one.name };
}

const unknown = (asked: string, { name, id }: Connection): HoldfastError =>
  new HoldfastError('CUSTOMER_UNKNOWN', `No customer of ${name} (${id}) is "${asked}".`, {
    hint: 'Use its id, account number, exact name or main e-mail address; `holdfast facts` lists all customers.',
  });

const unclear = (asked: string, ids: CustomerId[]): HoldfastError =>
  new HoldfastError('CUSTOMER_UNCLEAR', `"${asked}" is several customers: ${ids.join(', ')}.`, {
    hint: 'Ask again with one of these ids.',
  });
