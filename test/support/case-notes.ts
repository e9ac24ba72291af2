import { addDays, customerId, documentId } from '../../src/domain/index.ts';
import {
  noCaseNotes,
  type CaseNotes,
  type Dispute,
  type HoldRelease,
  type ManualStanding,
  type PaymentPromise,
} from '../../src/cases/index.ts';
import { AS_OF } from './facts-builders.ts';

/** What people noted, nothing unless said otherwise. */
export const caseNotes = (notes: Partial<CaseNotes>): CaseNotes => ({ ...noCaseNotes, ...notes });

/** An unapproved dispute of the whole of an invoice of `openInvoice(number, …)`, to be reviewed in ten days. */
export function dispute(number: string, fields: Partial<Dispute> = {}): Dispute {
  return {
    id: 1,
    customerId: customerId('c1'),
    invoiceId: documentId(`id-${number}`),
    invoiceNumber: number,
    amountMinor: null,
    reason: 'short delivery',
    owner: 'Ann Example',
    openedOn: addDays(AS_OF, -5),
    reviewBy: addDays(AS_OF, 10),
    approvedBy: null,
    ...fields,
  };
}

/** An open promise of c1, of no certain invoices, for three days from now. */
export function promise(fields: Partial<PaymentPromise> = {}): PaymentPromise {
  return {
    id: 1,
    customerId: customerId('c1'),
    amountMinor: 100_00,
    currency: 'GBP',
    promisedOn: addDays(AS_OF, -1),
    dueOn: addDays(AS_OF, 3),
    invoiceIds: [],
    takenBy: 'Ann Example',
    state: 'open',
    ...fields,
  };
}

/** A stop of c1 by a person since a week, without end. */
export function manualStanding(fields: Partial<ManualStanding> = {}): ManualStanding {
  return {
    customerId: customerId('c1'),
    standing: 'stop',
    cause: 'person',
    reason: 'moved without a word',
    by: 'Ann Example',
    from: addDays(AS_OF, -7),
    until: null,
    ...fields,
  };
}

/** A release of c1 up to 1,500.00, from today for a week. */
export function holdRelease(fields: Partial<HoldRelease> = {}): HoldRelease {
  return {
    id: 1,
    customerId: customerId('c1'),
    scope: 'customer',
    upToExposureMinor: 1500_00,
    orderReference: null,
    reason: 'the season begins',
    by: 'Ann Example',
    from: AS_OF,
    until: addDays(AS_OF, 7),
    ...fields,
  };
}
