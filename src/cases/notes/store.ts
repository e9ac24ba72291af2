import type { Selectable } from 'kysely';
import type { ConnectionId, CustomerId, Day, DocumentId } from '../../domain/index.ts';
import type { Reader, Schema } from '../../store/index.ts';
import type {
  CaseMoment,
  CaseNotes,
  Dispute,
  HoldRelease,
  InsuredLimit,
  LimitTerms,
  ManualStanding,
  PaymentPromise,
} from '../case-file.ts';
import type { LimitEntry } from '../limits.ts';
import { readVersions, type Only } from '../versions/store.ts';

const PROMISES_AT_MOST = 100;

/** What people noted beside limits, as it was known and counted at a moment. */
export async function readNotes(
  reader: Reader,
  id: ConnectionId,
  moment: CaseMoment,
  limits: LimitEntry[],
  only: Only,
): Promise<CaseNotes> {
  return {
    limitTerms: await readLimitTerms(reader, id, moment, limits, only),
    tags: await readTags(reader, id, moment, only),
    disputes: await readDisputes(reader, id, moment, only),
    promises: await readPromises(reader, id, moment, only),
    manualStandings: await readManualStandings(reader, id, moment, only),
    releases: await readReleases(reader, id, moment, only),
  };
}

async function readLimitTerms(
  reader: Reader,
  id: ConnectionId,
  moment: CaseMoment,
  limits: LimitEntry[],
  only: Only,
): Promise<Map<CustomerId, LimitTerms>> {
  const terms = new Map<CustomerId, LimitTerms>();
  const of = (customer: CustomerId): LimitTerms => {
    const found = terms.get(customer) ?? { temporary: [], insured: null, reviewOn: null };
    terms.set(customer, found);
    return found;
  };
  for (const entry of limits) if (entry.reviewOn != null) of(entry.customerId).reviewOn = entry.reviewOn;
  for (const one of await readTemporaryLimits(reader, id, moment, only)) {
    if (one.from > moment.asOf) continue;
    const { amountMinor, from, to, reason } = one;
    of(one.customerId).temporary.push({ amountMinor, from, to, reason });
  }
  for (const row of await readVersions(reader, 'insured_limit', id, moment, only)) {
    const insured = insuredOf(row);
    if (insured !== null && (insured.until === null || insured.until >= moment.asOf))
      of(row.customer_id as CustomerId).insured = insured;
  }
  return terms;
}

/** A temporary limit with its number and whose it is. */
export interface NumberedTemporaryLimit {
  id: number;
  customerId: CustomerId;
  amountMinor: number;
  from: Day;
  to: Day;
  reason: string;
}

/** Temporary limits that are not over, those that have not begun among them. */
export async function readTemporaryLimits(
  reader: Reader,
  id: ConnectionId,
  moment: CaseMoment,
  only?: Only,
): Promise<NumberedTemporaryLimit[]> {
  const rows = await readVersions(reader, 'temporary_limit', id, moment, only);
  return rows
    .filter((row) => row.state === 'open' && row.to_day >= moment.asOf)
    .map((row) => ({
      id: row.id,
      customerId: row.customer_id as CustomerId,
      amountMinor: row.amount_minor,
      from: row.from_day as Day,
      to: row.to_day as Day,
      reason: row.reason,
    }));
}

/** The insured part that a row tells of; null = none any more. */
export function insuredOf(row: Selectable<Schema['insured_limit']>): InsuredLimit | null {
  const { insurer, limit_minor: limitMinor, cover_percent: coverPercent, until_day: until } = row;
  return insurer === null ? null : { insurer, limitMinor, coverPercent, until: until as Day | null };
}

/** Tags by customer, in the order of the alphabet. As with limits, the first word on a tag counts for earlier days as well. */
export async function readTags(
  reader: Reader,
  id: ConnectionId,
  moment: CaseMoment,
  only?: Only,
): Promise<Map<CustomerId, string[]>> {
  const rows = await readVersions(reader, 'customer_tag', id, moment, only, true);
  const tags = new Map<CustomerId, string[]>();
  for (const row of rows) {
    if (row.is_on === 0) continue;
    const customer = row.customer_id as CustomerId;
    tags.set(customer, [...(tags.get(customer) ?? []), row.tag]);
  }
  for (const list of tags.values()) list.sort();
  return tags;
}

/** Open disputes, whether their review is due or not. */
export async function readDisputes(
  reader: Reader,
  id: ConnectionId,
  moment: CaseMoment,
  only?: Only,
): Promise<Dispute[]> {
  const rows = await readVersions(reader, 'dispute', id, moment, only);
  return rows.filter((row) => row.state === 'open').map(disputeOf);
}

/** A dispute with what its versions carry beside; `why` and `by` are of the newest alone. */
export interface DisputeVersion extends Dispute {
  currency: string;
  openedBy: string;
  state: 'open' | 'closed';
}

/** The newest version of one dispute, by its number or by its invoice; null when there never was one. */
export async function readDisputeVersion(
  reader: Reader,
  id: ConnectionId,
  of: { id: number } | { invoiceId: DocumentId },
): Promise<DisputeVersion | null> {
  const row = await reader
    .selectFrom('dispute')
    .selectAll()
    .where('connection_id', '=', id)
    .where((eb) => ('id' in of ? eb('id', '=', of.id) : eb('invoice_id', '=', of.invoiceId)))
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  const state = row.state === 'closed' ? 'closed' : 'open';
  return { ...disputeOf(row), currency: row.currency, openedBy: row.opened_by, state };
}

function disputeOf(row: Selectable<Schema['dispute']>): Dispute {
  return {
    id: row.id,
    customerId: row.customer_id as CustomerId,
    invoiceId: row.invoice_id as DocumentId,
    invoiceNumber: row.invoice_number,
    amountMinor: row.amount_minor,
    reason: row.reason,
    owner: row.owner,
    openedOn: row.opened_on as Day,
    reviewBy: row.review_by as Day,
    approvedBy: row.approved_by,
  };
}

/** All promises, newest first, up to 100 of each customer. Whether one was kept is not written down: it is computed. */
export async function readPromises(
  reader: Reader,
  id: ConnectionId,
  moment: CaseMoment,
  only?: Only,
): Promise<PaymentPromise[]> {
  const rows = await readVersions(reader, 'promise', id, moment, only);
  const newestFirst = rows
    .map(promiseOf)
    .sort((a, b) => (a.promisedOn === b.promisedOn ? b.id - a.id : a.promisedOn < b.promisedOn ? 1 : -1));
  const counts = new Map<CustomerId, number>();
  return newestFirst.filter(({ customerId }) => {
    const count = (counts.get(customerId) ?? 0) + 1;
    counts.set(customerId, count);
    return count <= PROMISES_AT_MOST;
  });
}

/** The newest version of one promise; null when there never was one. */
export async function readPromiseVersion(
  reader: Reader,
  id: ConnectionId,
  promise: number,
): Promise<PaymentPromise | null> {
  const row = await reader
    .selectFrom('promise')
    .selectAll()
    .where('connection_id', '=', id)
    .where('id', '=', promise)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : promiseOf(row);
}

function promiseOf(row: Selectable<Schema['promise']>): PaymentPromise {
  return {
    id: row.id,
    customerId: row.customer_id as CustomerId,
    amountMinor: row.amount_minor,
    currency: row.currency,
    promisedOn: row.promised_on as Day,
    dueOn: row.due_on as Day,
    invoiceIds: JSON.parse(row.invoice_ids) as DocumentId[],
    takenBy: row.taken_by,
    state: row.state === 'withdrawn' ? 'withdrawn' : 'open',
  };
}

/** Standings that people set and that are in force. */
export async function readManualStandings(
  reader: Reader,
  id: ConnectionId,
  moment: CaseMoment,
  only?: Only,
): Promise<ManualStanding[]> {
  const rows = await readVersions(reader, 'manual_standing', id, moment, only);
  return rows.flatMap((row) => {
    if (row.standing === null || (row.until_day !== null && row.until_day < moment.asOf)) return [];
    return [
      {
        customerId: row.customer_id as CustomerId,
        standing: row.standing as ManualStanding['standing'],
        cause: row.cause as ManualStanding['cause'],
        reason: row.why,
        by: row.set_by,
        from: row.day as Day,
        until: row.until_day as Day | null,
      },
    ];
  });
}

/** Releases that have begun and are not over. */
export async function readReleases(
  reader: Reader,
  id: ConnectionId,
  { asOf, knownAtMs }: CaseMoment,
  only?: Only,
): Promise<HoldRelease[]> {
  const rows = await readVersions(reader, 'hold_release', id, { asOf, knownAtMs }, only);
  return rows
    .filter((row) => row.state === 'open' && row.from_day <= asOf && row.until_day >= asOf)
    .map((row) => ({
      id: row.id,
      customerId: row.customer_id as CustomerId,
      scope: row.scope as HoldRelease['scope'],
      upToExposureMinor: row.up_to_minor,
      orderReference: row.order_reference,
      reason: row.reason,
      by: row.granted_by,
      from: row.from_day as Day,
      until: row.until_day as Day,
    }));
}
