import { dayAt, type ConnectionId, type Day, type PlatformSession } from '../domain/index.ts';
import { overRows, type Cell, type Reader, type RowAccess, type Store, type Tx } from '../store/index.ts';
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
  nowMs: number,
): Promise<void> {
  const { id } = connection;
  const day = dayAt(nowMs, connection.timeZone);
  const open = await readOpenCurrencies(store.reader, connection);
  const asked = await readAsked(store.reader, id, day);
  const currencies = open.filter((currency) => !asked.includes(currency));
  if (currencies.length === 0) return;
  const rates = await session.readRates(currencies, day);
  await store.write(async (tx) => {
    await saveAsked(tx, id, day, [...asked, ...currencies]);
    await overRows(tx, (rows) => {
      const writer = new RateWriter(rows, id, 'platform', nowMs);
      for (const rate of rates) writer.put(rate);
    });
  });
}

/** Replaces the rates that came from rates.csv. What it said before is kept, with the time until which it was known. */
export async function replaceFileRates(
  tx: Tx,
  id: ConnectionId,
  rates: { currency: string; date: Day; rate: string }[],
  nowMs: number,
): Promise<void> {
  await overRows(tx, (rows) => {
    const writer = new RateWriter(rows, id, 'file', nowMs);
    for (const rate of rates) writer.put(rate);
    writer.removeOthers();
  });
}

/** Writes rates of one source so that any earlier moment can still be told: what is as it was stays untouched. */
class RateWriter {
  readonly #rows: RowAccess;
  readonly #values: [ConnectionId, RateSource];
  readonly #nowMs: number;
  readonly #kept = new Set<string>();

  constructor(rows: RowAccess, id: ConnectionId, source: RateSource, nowMs: number) {
    this.#rows = rows;
    this.#values = [id, source];
    this.#nowMs = nowMs;
  }

  put({ currency, date, rate }: { currency: string; date: Day; rate: string }): void {
    this.#kept.add(`${currency} ${date}`);
    const known = this.#rows.prepare(`SELECT rate FROM exchange_rate WHERE ${THIS_RATE}`);
    const before = known.first(...this.#values, currency, date);
    if (before?.[0] === rate) return;
    if (before !== undefined) this.#remove(currency, date);
    this.#rows
      .prepare(
        'INSERT INTO exchange_rate (connection_id, source, currency, date, rate, known_from_ms) VALUES (?,?,?,?,?,?)',
      )
      .run(...this.#values, currency, date, rate, this.#nowMs);
  }

  /** Takes away what was not put. */
  removeOthers(): void {
    const gone: Cell[][] = [];
    const all = 'SELECT currency, date FROM exchange_rate WHERE connection_id = ? AND source = ?';
    this.#rows.prepare(all).each(this.#values, (row) => {
      if (!this.#kept.has(row.join(' '))) gone.push(row);
    });
    for (const [currency, date] of gone) this.#remove(String(currency), String(date));
  }

  #remove(currency: string, date: string): void {
    const values = [...this.#values, currency, date] as const;
    this.#rows
      .prepare(
        `INSERT INTO past_rate (connection_id, currency, date, source, rate, known_from_ms, known_until_ms)
         SELECT connection_id, currency, date, source, rate, known_from_ms, ? FROM exchange_rate WHERE ${THIS_RATE}`,
      )
      .run(this.#nowMs, ...values);
    this.#rows.prepare(`DELETE FROM exchange_rate WHERE ${THIS_RATE}`).run(...values);
  }
}

const THIS_RATE = 'connection_id = ? AND source = ? AND currency = ? AND date = ?';

/** The newest rate on or before a day of each list ('platform' and 'file'), per currency, as known at a moment. */
export async function readListedRates(
  reader: Reader,
  id: ConnectionId,
  asOf: Day,
  knownAtMs = Infinity,
): Promise<KnownRate[]> {
  const rates: KnownRate[] = [];
  const untilMs = Math.min(knownAtMs, Number.MAX_SAFE_INTEGER);
  const columns = 'SELECT currency, rate, date, source FROM';
  const newest =
    'SELECT currency, rate, max(date) AS date, source FROM (' +
    `${columns} exchange_rate WHERE connection_id = ? AND date <= ? AND known_from_ms <= ? UNION ALL ` +
    `${columns} past_rate WHERE connection_id = ? AND date <= ? AND known_from_ms <= ? AND known_until_ms > ?` +
    ') GROUP BY source, currency ORDER BY date DESC, source, currency';
  const values = [id, asOf, untilMs, id, asOf, untilMs, untilMs];
  await overRows(reader, (rows) => {
    rows.prepare(newest).each(values, (row) => rates.push(rateOf(row)));
  });
  return rates;
}

const rateOf = ([currency, rate, date, source]: Cell[]): KnownRate => ({
  currency: currency as string,
  rate: rate as string,
  date: date as Day,
  source: source as RateSource,
});

/** Foreign currencies of open documents. */
async function readOpenCurrencies(reader: Reader, connection: Connection): Promise<string[]> {
  const of = (table: 'invoice' | 'credit') =>
    reader
      .selectFrom(table)
      .select('currency')
      .distinct()
      .where('connection_id', '=', connection.id)
      .where('currency', '!=', connection.baseCurrency)
      .where('status', '=', 'open')
      .execute();
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
