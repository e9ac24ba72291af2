import { HoldfastError, type ConnectionId, type Day } from '../domain/index.ts';
import { overRows, type Cell, type Reader } from '../store/index.ts';
import type { Connection } from './connections.ts';
import type { LedgerCustomer, OpenCredit, OpenInvoice } from './ledger.ts';
import type { KnownRate } from './rates.ts';
import {
  CREDIT,
  CUSTOMER,
  INVOICE,
  PAYMENT,
  allocationsOf,
  byDay,
  creditHistory,
  customerHistory,
  draftHistory,
  invoiceHistory,
  orderHistory,
  type InvoiceHistory,
  type RecordHistory,
  type Settlement,
  type Span,
} from './record-history.ts';
import { overRowVersions, readRunDays, versionAt, type RowVersion, type RunDay } from './row-versions.ts';

/** A company through time. */
export interface LedgerHistory {
  customers: RecordHistory<LedgerCustomer>[];
  invoices: InvoiceHistory[];
  credits: RecordHistory<OpenCredit>[];
  /** Invoices not approved yet, with their whole amount as open. */
  drafts: RecordHistory<OpenInvoice>[];
  /** Orders accepted and not invoiced yet, with what is not invoiced of them as open. */
  orders: RecordHistory<OpenInvoice>[];
  /** Rates booked on documents, as the last sync knows them; of each currency and day the one that counts. */
  booked: KnownRate[];
  /** Rates of the platform's own list and of rates.csv, as they are known now. */
  listed: KnownRate[];
  /** Which run each day since the first sync rests on. */
  runDays: RunDay[];
  /** The day of the first sync: those before it are rebuilt. */
  exactFrom: Day;
  /** The day of the last sync. */
  knownUntil: Day;
}

/**
 * A whole company through time, in one pass over its rows and their history: on each day what readLedger and
 * readCustomers give of it. Since the first sync that is what the mirror held at the end of the day; before it is
 * rebuilt from dates, from what the last sync brought. Throws NOT_SYNCED.
 */
export async function readHistory(reader: Reader, connection: Connection): Promise<LedgerHistory> {
  const runDays = await readRunDays(reader, connection);
  const [first, last] = [runDays[0], runDays.at(-1)];
  if (first === undefined || last === undefined) throw notSynced(connection);
  const span: Span = { runDays, exactFrom: first.day, run: last.run };
  const booked = new BookedRates(connection.baseCurrency);
  const settled = new Settlements();
  await readPayments(reader, connection.id, span, settled);
  const credits = await readCredits(reader, connection.id, span, settled, booked);
  settled.sort();
  const { invoices, drafts } = await readInvoices(reader, connection, span, settled, booked);
  const customers: RecordHistory<LedgerCustomer>[] = [];
  await overRowVersions(reader, connection.id, 'customer', CUSTOMER, (key, rows) => {
    customers.push(customerHistory(key, rows, span));
  });
  const rates = { booked: booked.list(), listed: await readAllListed(reader, connection.id) };
  const days = { runDays, exactFrom: first.day, knownUntil: last.day };
  const orders = await readOrderHistories(reader, connection.id, span);
  return { customers, invoices, credits, drafts, orders, ...rates, ...days };
}

async function readPayments(
  reader: Reader,
  id: ConnectionId,
  span: Span,
  settled: Settlements,
): Promise<void> {
  await overRowVersions(reader, id, 'payment', PAYMENT, (_key, rows) => {
    const cells = versionAt(rows, span.run)?.cells;
    if (cells?.[0] !== 'active') return;
    const paidOn = cells[1] as Day;
    for (const { invoiceId, amountMinor, date } of allocationsOf(cells[2]))
      settled.add(invoiceId, { on: date < paidOn ? date : paidOn, amountMinor, by: 'money' });
  });
}

async function readCredits(
  reader: Reader,
  id: ConnectionId,
  span: Span,
  settled: Settlements,
  booked: BookedRates,
): Promise<RecordHistory<OpenCredit>[]> {
  const credits: RecordHistory<OpenCredit>[] = [];
  await overRowVersions(reader, id, 'credit', CREDIT, (key, rows) => {
    credits.push(creditHistory(key, rows, span));
    const cells = versionAt(rows, span.run)?.cells;
    if (cells?.[2] !== 'open' && cells?.[2] !== 'applied') return;
    const by = key.startsWith('credit-note:') ? 'credit-note' : 'money';
    for (const { invoiceId, amountMinor, date } of allocationsOf(cells[7]))
      settled.add(invoiceId, { on: date, amountMinor, by });
    booked.offer(key.slice(key.indexOf(':') + 1), 'credit', cells[3], cells[4], cells[6]);
  });
  return credits;
}

async function readInvoices(
  reader: Reader,
  { id, platform }: Connection,
  span: Span,
  settled: Settlements,
  booked: BookedRates,
): Promise<Pick<LedgerHistory, 'invoices' | 'drafts'>> {
  const found: Pick<LedgerHistory, 'invoices' | 'drafts'> = { invoices: [], drafts: [] };
  await overRowVersions(reader, id, 'invoice', INVOICE, (key, rows) => {
    found.invoices.push(...invoiceHistory(key, rows, settled.of(key), span));
    if (platform === 'xero') found.drafts.push(...draftHistory(key, rows, span));
    const cells = versionAt(rows, span.run)?.cells;
    if (cells?.[2] === 'open' || cells?.[2] === 'paid')
      booked.offer(key, 'invoice', cells[3], cells[5], cells[8]);
  });
  return found;
}

async function readOrderHistories(
  reader: Reader,
  id: ConnectionId,
  span: Span,
): Promise<RecordHistory<OpenInvoice>[]> {
  const versions = new Map<string, RowVersion[]>();
  const text = `SELECT remote_id, from_run, until_run, customer_id, number, '', date, due_date, currency, 0, open_minor
    FROM open_order WHERE connection_id = ? ORDER BY from_run`;
  await overRows(reader, (rows) => {
    rows.prepare(text).each([id], ([key, fromRun, untilRun, ...cells]) => {
      const version = {
        fromRun: Number(fromRun),
        untilRun: untilRun === null ? Infinity : Number(untilRun),
        cells,
      };
      versions.set(String(key), [...(versions.get(String(key)) ?? []), version]);
    });
  });
  return [...versions].map(([key, rows]) => orderHistory(key, rows, span));
}

async function readAllListed(reader: Reader, id: ConnectionId): Promise<KnownRate[]> {
  const rows = await reader
    .selectFrom('exchange_rate')
    .select(['currency', 'date', 'rate', 'source'])
    .where('connection_id', '=', id)
    .execute();
  return rows.map(({ currency, date, rate, source }) => ({
    ...{ currency, rate, date: date as Day },
    source: source as KnownRate['source'],
  }));
}

/** Per invoice, what payments and credits were set against it and when. */
class Settlements {
  readonly #byInvoice = new Map<string, Settlement[]>();

  add(invoice: string, settlement: Settlement): void {
    const list = this.#byInvoice.get(invoice);
    if (list === undefined) this.#byInvoice.set(invoice, [settlement]);
    else list.push(settlement);
  }

  /** Oldest first. */
  sort(): void {
    for (const list of this.#byInvoice.values()) if (list.length > 1) list.sort(byDay);
  }

  of(invoice: string): Settlement[] {
    return this.#byInvoice.get(invoice) ?? [];
  }
}

/** Of each foreign currency and day the rate that counts: an invoice's before a credit's, then that of the highest id. */
class BookedRates {
  readonly #baseCurrency: string;
  readonly #chosen = new Map<string, { rank: string; rate: KnownRate }>();

  constructor(baseCurrency: string) {
    this.#baseCurrency = baseCurrency;
  }

  offer(
    id: string,
    kind: 'invoice' | 'credit',
    date: Cell | undefined,
    currency: Cell | undefined,
    rate: Cell | undefined,
  ): void {
    if (currency === this.#baseCurrency || rate == null) return;
    const [place, rank] = [`${String(currency)} ${String(date)}`, `${kind} ${id}`];
    const known = this.#chosen.get(place);
    if (known !== undefined && known.rank > rank) return;
    const found = { currency: String(currency), date: date as Day, rate: String(rate) };
    this.#chosen.set(place, { rank, rate: { ...found, source: 'booked' } });
  }

  list(): KnownRate[] {
    return [...this.#chosen.values()].map(({ rate }) => rate);
  }
}

function notSynced({ id, name }: Connection): HoldfastError {
  return new HoldfastError('NOT_SYNCED', `${name} (${id}) has never been synced.`, {
    kind: 'state',
    hint: `Run \`holdfast sync ${id}\`.`,
  });
}
