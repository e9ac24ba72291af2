import { lastDayOf, type Dispute, type PaymentPromise } from '../cases/index.ts';
import type { Day, DocumentId } from '../domain/index.ts';

/** What people noted of a bill-to customer and everybody who is billed with it. */
export interface ChaseNotes {
  disputes: readonly Pick<Dispute, 'invoiceId' | 'reviewBy'>[];
  promises: readonly Pick<PaymentPromise, 'customerId' | 'state' | 'dueOn' | 'invoiceIds'>[];
}

interface Chased {
  id: DocumentId;
  customerId: string;
}

/**
 * Why an invoice is not chased on a day; null when it is. A dispute pauses its invoice until its day of review, in part
 * or whole: nobody is reminded of a sum that is in question. A promise pauses the invoices that it names, or else all
 * of its customer's (all that is billed together when the bill-to customer gave it), until its last day. Then the
 * ladder goes on where it stopped.
 */
export function pauseReason(
  invoice: Chased,
  billTo: string,
  { disputes, promises }: ChaseNotes,
  asOf: Day,
): string | null {
  const dispute = disputes.find(({ invoiceId, reviewBy }) => invoiceId === invoice.id && asOf <= reviewBy);
  if (dispute !== undefined) return `disputed until ${dispute.reviewBy}`;
  const promise = promises.find(
    (one) => one.state === 'open' && asOf <= lastDayOf(one) && isPromised(invoice, billTo, one),
  );
  return promise === undefined ? null : `promised for ${promise.dueOn}`;
}

function isPromised(
  { id, customerId }: Chased,
  billTo: string,
  promise: ChaseNotes['promises'][number],
): boolean {
  if (promise.invoiceIds.length > 0) return promise.invoiceIds.includes(id);
  return promise.customerId === billTo || promise.customerId === customerId;
}
