import { sql, type SqlBool } from 'kysely';
import { customerId, type ConnectionId, type CustomerId } from '../domain/index.ts';
import type { Reader } from '../store/index.ts';
import type { LedgerCustomer } from './ledger.ts';

/** Enough of a customer to say which one is meant. */
export type CustomerName = Pick<LedgerCustomer, 'id' | 'name' | 'status' | 'mergedInto'>;

/** As the index of migration 0006 has it. */
const mainAddress = sql<string>`lower(json_extract(emails, '$[0]'))`;

/** By an index that knows no case; an index of names as they are would be taken for sorting lists by name. */
const anyCase = (column: string, text: string) => sql<SqlBool>`${sql.ref(column)} = ${text} COLLATE NOCASE`;

/** Nobody merges a customer on and on; a longer chain is a loop in the data. */
const MERGES_MAX = 50;
/** So many of one name are named at most. */
const FOUND_MAX = 20;

/**
 * Customers by the platform's id (with or without the connection's before it), else by account number, else by name
 * (in any case, but one that is the same to the letter goes first), else by main e-mail address in any case. Several only when the text fits several; deleted ones are found by
 * their id alone. Asks indexes only.
 */
export async function findCustomers(
  reader: Reader,
  id: ConnectionId,
  asked: string,
): Promise<CustomerName[]> {
  const remoteId = asked.startsWith(`${id}:`) ? asked.slice(id.length + 1) : asked;
  const byId = await rows(reader, id).where('remote_id', '=', remoteId).execute();
  if (byId.length > 0) return byId.map(nameOf);
  const live = rows(reader, id).where('status', '!=', 'deleted').limit(FOUND_MAX);
  const byNumber = await live.where('account_number', '=', asked).execute();
  if (byNumber.length > 0) return byNumber.map(nameOf);
  const byName = (await live.where(anyCase('name', asked)).execute()).map(nameOf);
  const exact = byName.filter(({ name }) => name === asked);
  if (byName.length > 0) return exact.length > 0 ? exact : byName;
  if (!asked.includes('@')) return [];
  return (await live.where(mainAddress, '=', asked.toLowerCase()).execute()).map(nameOf);
}

/** The customer that a merged one lives on in; others are themselves. Null when the chain leads nowhere. */
export async function findSurvivor(
  reader: Reader,
  id: ConnectionId,
  customer: CustomerName,
): Promise<CustomerName | null> {
  let at = customer;
  for (let merges = 0; merges < MERGES_MAX; merges += 1) {
    if (at.mergedInto === null) return at;
    const next = await rows(reader, id).where('remote_id', '=', at.mergedInto).executeTakeFirst();
    if (next === undefined) return null;
    at = nameOf(next);
  }
  return null;
}

const rows = (reader: Reader, id: ConnectionId) =>
  reader
    .selectFrom('customer')
    .select(['remote_id', 'name', 'status', 'merged_into'])
    .where('connection_id', '=', id);

function nameOf(row: {
  remote_id: string;
  name: string;
  status: string;
  merged_into: string | null;
}): CustomerName {
  return {
    id: customerId(row.remote_id),
    name: row.name,
    status: row.status as CustomerName['status'],
    mergedInto: row.merged_into as CustomerId | null,
  };
}

/** What names a customer elsewhere, and who it belongs to. */
export type CustomerRef = Pick<LedgerCustomer, 'id' | 'name' | 'accountNumber' | 'status' | 'parent'>;

/** Some customers by their ids; who is not mirrored is left out. */
export async function readCustomerRefs(
  reader: Reader,
  id: ConnectionId,
  customers: readonly CustomerId[],
): Promise<Map<CustomerId, CustomerRef>> {
  const found = await reader
    .selectFrom('customer')
    .select(['remote_id', 'name', 'account_number', 'status', 'parent'])
    .where('connection_id', '=', id)
    .where('remote_id', 'in', customers)
    .execute();
  return new Map(
    found.map((row) => [
      customerId(row.remote_id),
      {
        id: customerId(row.remote_id),
        name: row.name,
        accountNumber: row.account_number,
        status: row.status as CustomerRef['status'],
        parent: row.parent as CustomerId | null,
      },
    ]),
  );
}
