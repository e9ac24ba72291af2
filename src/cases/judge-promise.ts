import { addDays, type Day } from '../domain/index.ts';
import type { PaymentPromise } from './case-file.ts';

/** Calendar days after its day in which a promised payment may still arrive: banks take that long. */
export const PROMISE_GRACE_DAYS = 2;

/** The last day on which a payment still keeps a promise. */
export const lastDayOf = (promise: Pick<PaymentPromise, 'dueOn'>): Day =>
  addDays(promise.dueOn, PROMISE_GRACE_DAYS);

/**
 * What became of a promise, from nothing but payments: `paidSinceMinor` is what arrived from the day on which it was
 * given until its last day (or until `asOf`), in its currency, on the invoices that it names. A payment after the
 * last day does not mend it: leave it out.
 */
export function judgePromise(
  promise: Pick<PaymentPromise, 'state' | 'amountMinor' | 'dueOn'>,
  paidSinceMinor: number,
  asOf: Day,
): PaymentPromise['state'] {
  if (promise.state === 'withdrawn') return 'withdrawn';
  if (paidSinceMinor >= promise.amountMinor) return 'kept';
  return asOf > lastDayOf(promise) ? 'broken' : 'open';
}
