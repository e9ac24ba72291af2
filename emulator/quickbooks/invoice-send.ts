import type { CompanyBooks } from './books.ts';
import { businessRule, notFound } from './fault-bodies.ts';
import type { NativeCustomer, NativeTransaction } from './native.ts';

/**
 * E-mails an invoice: EmailSent, BillEmail overwritten by `sendTo`, DeliveryInfo at once or after the option's
 * delay. LastUpdatedTime moves, SyncToken and the customer do not. Throws 610 for an unknown invoice, 6000 when
 * there is no address.
 */
export function sendInvoice(books: CompanyBooks, id: string, sendTo: string | null): NativeTransaction {
  const invoice = books.read<NativeTransaction>('Invoice', id);
  if (!invoice) throw notFound(`Invoice ${id}`);
  const address = sendTo ?? addressOf(books, invoice);
  if (address === '') throw businessRule('There is no e-mail address to send this invoice to.');
  const { sendDelayMs } = books.options;
  const sent = { ...invoice, EmailStatus: 'EmailSent', BillEmail: { Address: address } };
  if (sendDelayMs === 0) return books.replace('Invoice', { ...sent, ...delivered(books, books.nowMs()) });
  deliverLater(books, id, books.nowMs() + sendDelayMs);
  return books.replace('Invoice', sent);
}

/** Writes the DeliveryInfo of sends whose delay has passed in the world's time. */
export function deliverDue(books: CompanyBooks): void {
  const { db } = books.world.state;
  const due = db
    .prepare(
      'DELETE FROM quickbooks_delivery WHERE realm = ? AND due_ms <= ? RETURNING invoice, due_ms AS dueMs',
    )
    .all(books.realm, books.world.clock.nowMs()) as { invoice: string; dueMs: number }[];
  for (const { invoice, dueMs } of due) {
    const record = books.read<NativeTransaction>('Invoice', invoice);
    if (record) books.replace('Invoice', { ...record, ...delivered(books, dueMs) });
  }
}

/** Makes room for sends that wait for their delivery; called once per server. */
export function prepareDeliveries(db: CompanyBooks['world']['state']['db']): void {
  db.exec(
    `CREATE TABLE IF NOT EXISTS quickbooks_delivery
       (realm TEXT NOT NULL, invoice TEXT NOT NULL, due_ms INTEGER NOT NULL)`,
  );
}

function deliverLater(books: CompanyBooks, id: string, dueMs: number): void {
  books.world.state.db.prepare('INSERT INTO quickbooks_delivery VALUES (?,?,?)').run(books.realm, id, dueMs);
}

function delivered(books: CompanyBooks, ms: number) {
  return { DeliveryInfo: { DeliveryType: 'Email', DeliveryTime: books.stamp(ms) } };
}

function addressOf(books: CompanyBooks, invoice: NativeTransaction): string {
  const own = (invoice['BillEmail'] as { Address?: string } | undefined)?.Address;
  const customer = books.read<NativeCustomer>('Customer', invoice.CustomerRef.value);
  return own ?? customer?.PrimaryEmailAddr?.Address ?? '';
}
