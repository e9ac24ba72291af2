import type { ConnectionId, CustomerId } from '../domain/index.ts';
import type { Reader, Tx } from '../store/index.ts';
import { noCaseNotes, type CaseFile, type CaseMoment } from './case-file.ts';
import type { CreditLimit, LimitEntry, LimitTable } from './limits.ts';

/** Who changed what people know, and when. */
export interface Change {
  by: string;
  atMs: number;
}

/** What people know of a connection's customers, as it was written down and counts at a moment. */
export async function readCaseFile(reader: Reader, id: ConnectionId, _moment: CaseMoment): Promise<CaseFile> {
  return { limits: await readLimits(reader, id), ...noCaseNotes };
}

export async function readLimits(reader: Reader, id: ConnectionId): Promise<LimitTable> {
  const rows = await reader
    .selectFrom('customer_limit')
    .selectAll()
    .where('connection_id', '=', id)
    .orderBy('customer_id')
    .execute();
  const groups = await reader
    .selectFrom('limit_group')
    .selectAll()
    .where('connection_id', '=', id)
    .orderBy('name')
    .execute();
  return {
    entries: rows.map((row) => ({
      customerId: row.customer_id as CustomerId,
      limit: limitOf(row.kind, row.limit_minor),
      group: row.group_name,
    })),
    groups: groups.map((group) => ({ name: group.name, limitMinor: group.limit_minor })),
  };
}

/** Sets the limits that a table names; customers that it does not name keep theirs. */
export async function saveLimits(tx: Tx, id: ConnectionId, table: LimitTable, change: Change): Promise<void> {
  for (const entry of table.entries) {
    await tx
      .insertInto('customer_limit')
      .values({ connection_id: id, customer_id: entry.customerId, ...limitColumns(entry, change) })
      .onConflict((conflict) =>
        conflict.columns(['connection_id', 'customer_id']).doUpdateSet(limitColumns(entry, change)),
      )
      .execute();
  }
  for (const group of table.groups) {
    await tx
      .insertInto('limit_group')
      .values({ connection_id: id, name: group.name, limit_minor: group.limitMinor })
      .onConflict((conflict) =>
        conflict.columns(['connection_id', 'name']).doUpdateSet({ limit_minor: group.limitMinor }),
      )
      .execute();
  }
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

function limitOf(kind: string, limitMinor: number | null): CreditLimit | null {
  if (kind === 'unlimited') return { kind: 'unlimited' };
  return limitMinor === null ? null : { kind: 'amount', limitMinor };
}

function limitColumns(entry: LimitEntry, change: Change) {
  return {
    kind: entry.limit?.kind ?? 'not-assessed',
    limit_minor: entry.limit?.kind === 'amount' ? entry.limit.limitMinor : null,
    group_name: entry.group,
    set_at_ms: change.atMs,
    set_by: change.by,
  };
}
