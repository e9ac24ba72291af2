import type { App } from '../app.ts';
import { HoldfastError, convertMinor, dayAt } from '../domain/index.ts';
import { chooseRates } from '../facts/index.ts';
import {
  readBookedRates,
  readListedRates,
  readOpenItems,
  type Connection,
  type OpenInvoice,
} from '../mirror/index.ts';

/** The open invoice of a number or platform id. Throws INVOICE_UNKNOWN or INVOICE_UNCLEAR. */
export async function findOpenInvoice(app: App, connection: Connection, asked: string): Promise<OpenInvoice> {
  const today = dayAt(app.clock.nowMs(), connection.timeZone);
  const { invoices } = await readOpenItems(app.store.reader, connection.id, today, today);
  const found = invoices.filter((one) => one.id === asked || one.number === asked);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined)
    throw new HoldfastError('INVOICE_UNKNOWN', `No open invoice of ${connection.name} is "${asked}".`, {
      hint: "Use its number or the platform's id, as `holdfast flags` shows them.",
    });
  const ids = found.map((one) => one.id).join(', ');
  throw new HoldfastError(
    'INVOICE_UNCLEAR',
    `${found.length} open invoices have the number "${asked}": ${ids}.`,
    {
      hint: 'Use one of these ids.',
    },
  );
}

/** What an amount is worth in base currency; null when no rate says so. */
export async function worthInBase(
  app: App,
  connection: Connection,
  amountMinor: number,
  currency: string,
): Promise<number | null> {
  if (currency === connection.baseCurrency) return amountMinor;
  const asOf = dayAt(app.clock.nowMs(), connection.timeZone);
  const { reader } = app.store;
  const known = [
    ...(await readListedRates(reader, connection.id, asOf)),
    ...(await readBookedRates(reader, connection, asOf)),
  ];
  const rate = chooseRates(known, asOf, app.policy().rates.maximumAgeDays).get(currency);
  return rate === undefined ? null : convertMinor(amountMinor, currency, connection.baseCurrency, rate.rate);
}
