import type { ConnectionId, CustomerId } from '../domain/index.ts';
import type { Reader, Tx } from '../store/index.ts';
import type { CaseFile, CaseMoment } from './case-file.ts';
import type { Change } from './change.ts';
import { readLimitsAt } from './limit/store.ts';
import { readNotes } from './notes/store.ts';
import type { Only } from './versions/store.ts';

/**
 * What people know of a connection's customers (of all, or only of some) at a moment: what was written down until
 * then and counts on the day. Everything is versions, so any moment of the past can be asked for again.
 */
export async function readCaseFile(
  reader: Reader,
  id: ConnectionId,
  moment: CaseMoment,
  only?: Only,
): Promise<CaseFile> {
  const limits = await readLimitsAt(reader, id, moment, only);
  return { limits, ...(await readNotes(reader, id, moment, limits.entries, only)) };
}

/** Customers that nothing is done to (no holds, no reminders), with the reason. */
export async function readExclusions(reader: Reader, id: ConnectionId): Promise<Map<CustomerId, string>> {
  const rows = await reader.selectFrom('exclusion').selectAll().where('connection_id', '=', id).execute();
  return new Map(rows.map((row) => [row.customer_id as CustomerId, row.reason]));
}

/** Puts a customer on the exclusion list, or (reason null) takes it off. */
export async function setExclusion(
  tx: Tx,
  id: ConnectionId,
  customer: CustomerId,
  reason: string | null,
  change: Change,
): Promise<void> {
  const version = { reason, at_ms: change.atMs, set_by: change.by };
  await tx
    .insertInto('exclusion_change')
    .values({ connection_id: id, customer_id: customer, ...version })
    .execute();
  await tx
    .deleteFrom('exclusion')
    .where('connection_id', '=', id)
    .where('customer_id', '=', customer)
    .execute();
  if (reason === null) return;
  const row = { connection_id: id, customer_id: customer, reason, set_at_ms: change.atMs, set_by: change.by };
  await tx.insertInto('exclusion').values(row).execute();
}

/** The kill switch: while it is on, nothing leaves the outbox. */
export async function readKillSwitch(reader: Reader): Promise<boolean> {
  const row = await reader.selectFrom('switch').select('is_on').where('name', '=', 'kill').executeTakeFirst();
  return row?.is_on === 1;
}

export async function setKillSwitch(tx: Tx, isOn: boolean, change: Change): Promise<void> {
  const values = { is_on: isOn ? 1 : 0, set_at_ms: change.atMs, set_by: change.by };
  await tx
    .insertInto('switch')
    .values({ name: 'kill', ...values })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
    .execute();
}

/** Since when the database is known to be older than what was done with it, epoch ms; null when it is not. */
export async function readRestored(reader: Reader): Promise<number | null> {
  const row = await reader
    .selectFrom('switch')
    .select(['is_on', 'set_at_ms'])
    .where('name', '=', 'restored')
    .executeTakeFirst();
  return row?.is_on === 1 ? row.set_at_ms : null;
}

export async function setRestored(tx: Tx, isOn: boolean, change: Change): Promise<void> {
  const values = { is_on: isOn ? 1 : 0, set_at_ms: change.atMs, set_by: change.by };
  await tx
    .insertInto('switch')
    .values({ name: 'restored', ...values })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
    .execute();
}
