import { addDays, formatMoney, type Day } from '../../domain/index.ts';
import type { Reader } from '../../store/index.ts';
import { readDisputeVersion, type DisputeVersion } from '../notes/store.ts';
import { nextNumber, saveDispute } from '../noting/store.ts';
import type { Asking, DisputeChange, Prepare } from './case-change.ts';
import { assertDayBetween, refused } from './refuse.ts';

type Of<K extends DisputeChange['kind']> = Extract<DisputeChange, { kind: K }>;

/** A dispute that nobody looks at is no reason not to chase: after so many days it is chased again. */
export const REVIEW_WITHIN_DAYS = 30;

/** The last day that a review may be put off to. */
export const lastReviewDay = (today: Day): Day => addDays(today, REVIEW_WITHIN_DAYS);

export const prepareDispute: Prepare<Of<'dispute.open'>> = async (reader, asking, change) => {
  const { connection, today, by, why } = asking;
  const { customer, invoice, amountMinor, owner, reviewBy } = change;
  assertDayBetween('The day of review', reviewBy, today, lastReviewDay(today));
  const of = (minor: number): string => formatMoney(minor, invoice.currency);
  if (amountMinor !== null && (amountMinor <= 0 || amountMinor > invoice.openMinor))
    throw refused(
      'BAD_DISPUTE_AMOUNT',
      `${of(amountMinor)} of ${invoice.number} cannot be disputed: ${of(invoice.openMinor)} of it is open.`,
      'Leave --amount out to dispute all of it.',
    );
  const before = await readDisputeVersion(reader, connection.id, { invoiceId: invoice.id });
  if (before?.state === 'open')
    throw refused(
      'DISPUTED_ALREADY',
      `${invoice.number} is disputed already: number ${before.id}, review by ${before.reviewBy}.`,
      'Review or close that one first.',
    );
  return {
    summary: `dispute of ${invoice.number} of ${customer.name}: ${amountMinor === null ? 'all of it' : of(amountMinor)}, review by ${reviewBy}`,
    details: { name: customer.name, invoice: invoice.number, amountMinor, reviewBy, owner },
    question: null,
    commit: async (tx, meta) => {
      const id = await nextNumber(tx, 'dispute');
      const terms = { amountMinor, reason: why, owner, openedBy: by, openedOn: today, reviewBy };
      const what = { id, customerId: customer.id, invoiceId: invoice.id, invoiceNumber: invoice.number };
      const one = { ...what, ...terms, currency: invoice.currency, approvedBy: null, state: 'open' as const };
      await saveDispute(tx, connection.id, one, meta);
      return id;
    },
  };
};

export const prepareReview: Prepare<Of<'dispute.review'>> = async (reader, asking, change) => {
  const { connection, today } = asking;
  const one = await openDispute(reader, asking, change.id);
  assertDayBetween('The day of review', change.reviewBy, today, lastReviewDay(today));
  return {
    summary: `dispute ${one.id} of ${one.invoiceNumber}: next review by ${change.reviewBy}`,
    details: { name: change.customer.name, number: one.id, reviewBy: change.reviewBy, before: one.reviewBy },
    question: null,
    commit: async (tx, meta) => {
      await saveDispute(tx, connection.id, { ...one, reviewBy: change.reviewBy }, meta);
      return one.id;
    },
  };
};

export const prepareDisputeApproval: Prepare<Of<'dispute.approve'>> = async (reader, asking, change) => {
  const one = await openDispute(reader, asking, change.id);
  if (one.approvedBy !== null)
    throw refused('APPROVED_ALREADY', `Dispute ${one.id} was approved by ${one.approvedBy} already.`);
  return {
    summary: `approval of dispute ${one.id} of ${one.invoiceNumber} of ${change.customer.name}: it may lift a hold`,
    details: { name: change.customer.name, number: one.id, worthMinor: change.worthMinor },
    // Whoever opened it may not wave it through alone, whoever asks for the approval.
    question: { kind: 'dispute', amountMinor: change.worthMinor, askedBy: one.openedBy },
    commit: async (tx, meta, approvedBy) => {
      const approved = { ...one, approvedBy: approvedBy.join(', ') };
      await saveDispute(tx, asking.connection.id, approved, meta);
      return one.id;
    },
  };
};

export const prepareDisputeEnd: Prepare<Of<'dispute.close'>> = async (reader, asking, change) => {
  const one = await openDispute(reader, asking, change.id);
  return {
    summary: `dispute ${one.id} of ${one.invoiceNumber} of ${change.customer.name} is closed`,
    details: { name: change.customer.name, number: one.id },
    question: null,
    commit: async (tx, meta) => {
      await saveDispute(tx, asking.connection.id, { ...one, state: 'closed' }, meta);
      return one.id;
    },
  };
};

async function openDispute(reader: Reader, { connection }: Asking, id: number): Promise<DisputeVersion> {
  const one = await readDisputeVersion(reader, connection.id, { id });
  if (one?.state === 'open') return one;
  const message = one === null ? `There is no dispute number ${id}.` : `Dispute ${id} is closed already.`;
  throw refused('NOT_OPEN', message, '`holdfast dispute list` shows those that are open.');
}
