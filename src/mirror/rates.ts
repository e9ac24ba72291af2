import type { ConnectionId, Day, PlatformSession } from '../domain/index.ts';
import type { Reader, Store, Tx } from '../store/index.ts';
import type { Connection } from './connections.ts';

/** Where a rate came from, in the order in which sources are asked. */
export type RateSource = 'file' | 'platform' | 'booked';

export interface KnownRate {
  currency: string;
  /** Base currency for one unit of `currency`. */
  rate: string;
  date: Day;
  source: RateSource;
}

/**
 * Fetches a day's rates of the platform's own list, once a day for each foreign currency with something open: asked
 * again it would say the same, that it has none included.
 */
export async function saveRates(
  store: Store,
  connection: Connection,
  session: PlatformSession,
  day: Day,
): Promise<void> {
  const open = await readCurrencies(store.reader, connection, 'open');
  const asked = await readAsked(store.reader, connection.id, day);
  const currencies = open.filter((currency) => !asked.includes(currency));
  if (currencies.length === 0) return;
  const rates = await session.readRates(currencies, day);
  await store.write(async (tx) => {
    await saveAsked(tx, connection.id, day, [...asked, ...currencies]);
    for (const { currency, date, rate } of rates) {
      await tx
        .insertInto('exchange_rate')
        .values({ connection_id: connection.id, source: 'platform', currency, date, rate })
        .onConflict((conflict) =>
          conflict.columns(['connection_id', 'currency', 'date', 'source']).doUpdateSet({ rate }),
        )
        .execute();
    }
  });
}

/** Replaces the rates that came from rates.csv. */
export async function replaceFileRates(
  tx: Tx,
  id: ConnectionId,
  rates: { currency: string; date: Day; rate: string }[],
): Promise<void> {
  await tx.deleteFrom('exchange_rate').where('connection_id', '=', id).where('source', '=', 'file').execute();
  for (const { currency, date, rate } of rates) {
    await tx
      .insertInto('exchange_rate')
      .values({ connection_id: id, source: 'file', currency, date, rate })
      .onConflict((conflict) =>
        conflict.columns(['connection_id', 'currency', 'date', 'source']).doUpdateSet({ rate }),
      )
      .execute();
  }
}

/** The newest rate on or before a day of one list ('platform' or 'file'), per currency. */
export async function readListedRates(reader: Reader, id: ConnectionId, asOf: Day): Promise<KnownRate[]> {
  const rows = await reader
    .selectFrom('exchange_rate')
    .selectAll()
    .where('connection_id', '=', id)
    .where('date', '<=', asOf)
    .orderBy('date', 'desc')
    .execute();
  const newest = new Map<string, KnownRate>();
  for (const row of rows) {
    const name = `${row.source}:${row.currency}`;
    if (newest.has(name)) continue;
    newest.set(name, {
      currency: row.currency,
      rate: row.rate,
      date: row.date as Day,
      source: row.source as RateSource,
    });
  }
  return [...newest.values()];
}

/** The newest rate booked on a document on or before a day, per foreign currency; ties go to the highest id. */
export async function readBookedRates(
  reader: Reader,
  connection: Connection,
  asOf: Day,
): Promise<KnownRate[]> {
  const rates: KnownRate[] = [];
  for (const currency of await readCurrencies(reader, connection)) {
    const newest = await newestBooked(reader, connection, currency, asOf);
    if (newest !== null) rates.push({ currency, ...newest, source: 'booked' });
  }
  return rates;
}

async function newestBooked(
  reader: Reader,
  connection: Connection,
  currency: string,
  asOf: Day,
): Promise<{ rate: string; date: Day } | null> {
  const { id } = connection;
  const invoice = await reader
    .selectFrom('invoice')
    .select(['rate', 'issue_date as date'])
    .where('connection_id', '=', id)
    .where('currency', '=', currency)
    .where('issue_date', '<=', asOf)
    .where('rate', 'is not', null)
    .where('status', 'in', ['open', 'paid'])
    .orderBy('issue_date', 'desc')
    .orderBy('remote_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const credit = await reader
    .selectFrom('credit')
    .select(['rate', 'date'])
    .where('connection_id', '=', id)
    .where('currency', '=', currency)
    .where('date', '<=', asOf)
    .where('rate', 'is not', null)
    .where('status', 'in', ['open', 'applied'])
    .orderBy('date', 'desc')
    .orderBy('remote_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const found = [invoice, credit].filter((row) => row !== undefined);
  const newest = found.sort((a, b) => (a.date < b.date ? 1 : -1))[0];
  return newest?.rate == null ? null : { rate: newest.rate, date: newest.date as Day };
}

/** Foreign currencies of documents, or only of open ones. */
async function readCurrencies(reader: Reader, connection: Connection, status?: 'open'): Promise<string[]> {
  const of = (table: 'invoice' | 'credit') => {
    const all = reader
      .selectFrom(table)
      .select('currency')
      .distinct()
      .where('connection_id', '=', connection.id)
      .where('currency', '!=', connection.baseCurrency);
    return (status === undefined ? all : all.where('status', '=', status)).execute();
  };
  const rows = [...(await of('invoice')), ...(await of('credit'))];
  return [...new Set(rows.map((row) => row.currency))].sort();
}

/** Currencies that the platform's own list was asked about on a day. */
async function readAsked(reader: Reader, id: ConnectionId, day: Day): Promise<string[]> {
  const row = await reader
    .selectFrom('connection')
    .select('rates_asked')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const [on, ...currencies] = row.rates_asked.split(' ');
  return on === day ? currencies : [];
}

async function saveAsked(tx: Tx, id: ConnectionId, day: Day, currencies: string[]): Promise<void> {
  const rates_asked = [day, ...currencies].join(' ');
  await tx.updateTable('connection').set({ rates_asked }).where('id', '=', id).execute();
}
