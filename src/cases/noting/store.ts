import { sql } from 'kysely';
import type { ConnectionId, CustomerId } from '../../domain/index.ts';
import type { Reader, Tx } from '../../store/index.ts';
import type { HoldRelease, InsuredLimit, ManualStanding, PaymentPromise } from '../case-file.ts';
import type { DatedChange } from '../change.ts';
import type { DisputeVersion, NumberedTemporaryLimit } from '../notes/store.ts';

/** Tables whose things have numbers. */
export type Numbered = 'temporary_limit' | 'dispute' | 'promise' | 'hold_release';

/** Whose thing a number is; null when there is none of that number. */
export async function readOwner(
  reader: Reader,
  table: Numbered,
  number: number,
): Promise<{ connectionId: ConnectionId; customerId: CustomerId } | null> {
  const { rows } = await sql<{ connection_id: string; customer_id: string }>`
    SELECT connection_id, customer_id FROM ${sql.table(table)} WHERE id = ${number} LIMIT 1`.execute(reader);
  const [row] = rows;
  if (row === undefined) return null;
  return { connectionId: row.connection_id as ConnectionId, customerId: row.customer_id as CustomerId };
}

/** The number that the next new thing of a table gets; to be used in the same transaction. */
export async function nextNumber(tx: Tx, table: Numbered): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`SELECT coalesce(max(id), 0) + 1 AS n FROM ${sql.table(table)}`.execute(tx);
  return rows[0]?.n ?? 1;
}

const metaOf = (id: ConnectionId, change: DatedChange) => ({
  ...{ connection_id: id, day: change.day, at_ms: change.atMs, set_by: change.by, why: change.why ?? '' },
});

/** Writes a version of a temporary limit. */
export async function saveTemporaryLimit(
  tx: Tx,
  id: ConnectionId,
  one: NumberedTemporaryLimit & { state: 'open' | 'ended' },
  change: DatedChange,
): Promise<void> {
  const { customerId, amountMinor, from, to, reason, state } = one;
  const row = { id: one.id, customer_id: customerId, amount_minor: amountMinor, reason, state };
  await tx
    .insertInto('temporary_limit')
    .values({ ...row, from_day: from, to_day: to, ...metaOf(id, change) })
    .execute();
}

/** Writes down what part of a customer's debt is insured from a day on; null = none any more. */
export async function saveInsuredLimit(
  tx: Tx,
  id: ConnectionId,
  customerId: CustomerId,
  insured: InsuredLimit | null,
  change: DatedChange,
): Promise<void> {
  const { insurer = null, limitMinor = 0, coverPercent = 0, until = null } = insured ?? {};
  const row = { insurer, limit_minor: limitMinor, cover_percent: coverPercent, until_day: until };
  await tx
    .insertInto('insured_limit')
    .values({ customer_id: customerId, ...row, ...metaOf(id, change) })
    .execute();
}

/** Puts a tag on a customer or takes it off. */
export async function saveTag(
  tx: Tx,
  id: ConnectionId,
  customerId: CustomerId,
  tag: string,
  isOn: boolean,
  change: DatedChange,
): Promise<void> {
  const row = { customer_id: customerId, tag, is_on: isOn ? 1 : 0 };
  await tx
    .insertInto('customer_tag')
    .values({ ...row, ...metaOf(id, change) })
    .execute();
}

/** Writes a version of a dispute. */
export async function saveDispute(
  tx: Tx,
  id: ConnectionId,
  one: DisputeVersion,
  change: DatedChange,
): Promise<void> {
  const what = { id: one.id, customer_id: one.customerId, invoice_id: one.invoiceId };
  const terms = { invoice_number: one.invoiceNumber, currency: one.currency, amount_minor: one.amountMinor };
  const people = { owner: one.owner, opened_by: one.openedBy, approved_by: one.approvedBy };
  const rest = {
    reason: one.reason,
    opened_on: one.openedOn,
    review_by: one.reviewBy,
    state: one.state,
  };
  await tx
    .insertInto('dispute')
    .values({ ...what, ...terms, ...people, ...rest, ...metaOf(id, change) })
    .execute();
}

/** Writes a version of a promise. */
export async function savePromise(
  tx: Tx,
  id: ConnectionId,
  one: PaymentPromise & { state: 'open' | 'withdrawn' },
  change: DatedChange,
): Promise<void> {
  const row = {
    id: one.id,
    customer_id: one.customerId,
    amount_minor: one.amountMinor,
    currency: one.currency,
    promised_on: one.promisedOn,
    due_on: one.dueOn,
    invoice_ids: JSON.stringify(one.invoiceIds),
    taken_by: one.takenBy,
    state: one.state,
  };
  await tx
    .insertInto('promise')
    .values({ ...row, ...metaOf(id, change) })
    .execute();
}

/** Sets a customer's standing for a cause, or (standing null) lifts it. */
export async function saveManualStanding(
  tx: Tx,
  id: ConnectionId,
  one: Pick<ManualStanding, 'customerId' | 'cause' | 'until'> & {
    standing: ManualStanding['standing'] | null;
  },
  change: DatedChange,
): Promise<void> {
  const { customerId, cause, standing, until } = one;
  const row = { customer_id: customerId, cause, standing, until_day: until };
  await tx
    .insertInto('manual_standing')
    .values({ ...row, ...metaOf(id, change) })
    .execute();
}

/** Writes a version of a release. */
export async function saveRelease(
  tx: Tx,
  id: ConnectionId,
  one: HoldRelease & { state: 'open' | 'ended' },
  change: DatedChange,
): Promise<void> {
  const row = {
    id: one.id,
    customer_id: one.customerId,
    scope: one.scope,
    up_to_minor: one.upToExposureMinor,
    order_reference: one.orderReference,
    reason: one.reason,
    granted_by: one.by,
    from_day: one.from,
    until_day: one.until,
    state: one.state,
  };
  await tx
    .insertInto('hold_release')
    .values({ ...row, ...metaOf(id, change) })
    .execute();
}
