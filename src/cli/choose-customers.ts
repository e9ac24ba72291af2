import { HoldfastError } from '../domain/index.ts';
import type { Connection } from '../mirror/index.ts';
import type { LedgerCustomer } from '../mirror/index.ts';

/**
 * Whether a customer is the one that was asked for: by id (ours or the platform's), by account number, else by a
 * part of its name in any case.
 */
export function isCustomer(
  connection: Pick<Connection, 'id'>,
  customer: LedgerCustomer,
  asked: string,
): boolean {
  const keys = [customer.id, `${connection.id}:${customer.id}`, customer.accountNumber];
  return keys.includes(asked) || customer.name.toLowerCase().includes(asked.toLowerCase());
}

/** The one customer that a change is about: by id or account number, else by exact name. Throws when unclear. */
export function findOneCustomer(
  connection: Connection,
  customers: LedgerCustomer[],
  asked: string,
): LedgerCustomer {
  const byKey = customers.filter((one) =>
    [one.id, `${connection.id}:${one.id}`, one.accountNumber].includes(asked),
  );
  const found = byKey.length > 0 ? byKey : customers.filter((one) => one.name === asked);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined) throw customerUnknown(asked, connection.name);
  const ids = found.map((one) => one.id).join(', ');
  throw new HoldfastError('CUSTOMER_UNCLEAR', `${found.length} customers are called "${asked}": ${ids}.`, {
    hint: 'Use one of these ids.',
  });
}

export function customerUnknown(asked: string, where: string): HoldfastError {
  return new HoldfastError('CUSTOMER_UNKNOWN', `No customer of ${where} is "${asked}".`, {
    hint: 'Use its id, account number or exact name; `holdfast facts` lists them.',
  });
}
