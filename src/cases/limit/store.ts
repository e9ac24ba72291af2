import { sql, type Selectable } from 'kysely';
import type { ConnectionId, CustomerId, Day } from '../../domain/index.ts';
import type { Reader, Schema, Tx } from '../../store/index.ts';
import type { CaseMoment } from '../case-file.ts';
import type { Change } from '../change.ts';
import type { LimitHistoryEntry, LimitVersion } from './history.ts';
import { insuredOf } from '../notes/store.ts';
import type { CreditLimit, LimitEntry, LimitGroup, LimitTable } from '../limits.ts';
import { amongThese, knownMs, type Only } from '../versions/store.ts';

/** Rows of one statement: SQLite takes 32,766 values in one. */
const ROWS_AT_ONCE = 500;

/** The limits as they stand now, of everybody or of some, with those of all groups. */
export async function readLimits(reader: Reader, id: ConnectionId, only?: Only): Promise<LimitTable> {
  const groups = await reader
    .selectFrom('limit_group')
    .selectAll()
    .where('connection_id', '=', id)
    .orderBy('name')
    .execute();
  return { entries: await readEntries(reader, id, only), groups: groups.map(groupOf) };
}

/** The limits of some customers as they stand now, with those of their groups alone. */
async function readLimitsOf(reader: Reader, id: ConnectionId, only: Only): Promise<LimitTable> {
  if (only === undefined) return readLimits(reader, id);
  const entries = await readEntries(reader, id, only);
  const named = [...new Set(entries.flatMap(({ group }) => group ?? []))];
  if (named.length === 0) return { entries, groups: [] };
  const groups = await reader
    .selectFrom('limit_group')
    .selectAll()
    .where('connection_id', '=', id)
    .where('name', 'in', named)
    .execute();
  return { entries, groups: groups.map(groupOf).sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** What is noted of some customers' limits, or of everybody's, in the order of their ids. */
export async function readEntries(reader: Reader, id: ConnectionId, only: Only): Promise<LimitEntry[]> {
  const rows = await reader
    .selectFrom('customer_limit')
    .selectAll()
    .where('connection_id', '=', id)
    .$if(only !== undefined, (query) => query.where(amongThese(only)))
    .orderBy('customer_id')
    .execute();
  return rows.map(entryOf);
}

/** One customer's limit as it stands now; null when nothing was ever noted of it. */
export async function readLimit(
  reader: Reader,
  id: ConnectionId,
  customer: CustomerId,
): Promise<LimitEntry | null> {
  return (await readEntries(reader, id, [customer]))[0] ?? null;
}

/**
 * The limits as they were known, and counted, at a moment. The first of a customer counts for earlier days as well.
 * Where nothing was changed since, the tables of today say the same and are read faster.
 */
export async function readLimitsAt(
  reader: Reader,
  id: ConnectionId,
  moment: CaseMoment,
  only: Only,
): Promise<LimitTable> {
  if (!(await hasLaterChange(reader, id, moment))) return readLimitsOf(reader, id, only);
  const known = sql`connection_id = ${id} AND at_ms <= ${knownMs(moment)}`;
  const newest = sql`coalesce(max(CASE WHEN day IS NULL OR day <= ${moment.asOf} THEN seq END), min(seq))`;
  const entries = await sql<LimitRow>`
    SELECT v.customer_id, v.kind, v.limit_minor, v.group_name, v.review_on FROM limit_change v
    JOIN (
      SELECT ${newest} AS newest FROM limit_change WHERE ${known} AND ${amongThese(only)} GROUP BY customer_id
    ) n ON v.seq = n.newest
    ORDER BY v.customer_id`.execute(reader);
  const groups = await sql<{ name: string; limit_minor: number }>`
    SELECT v.name, v.limit_minor FROM limit_group_change v
    JOIN (SELECT ${newest} AS newest FROM limit_group_change WHERE ${known} GROUP BY name) n ON v.seq = n.newest
    ORDER BY v.name`.execute(reader);
  return { entries: entries.rows.map(entryOf), groups: groups.rows.map(groupOf) };
}

/** Whether any limit or group limit was written down, or begins, after a moment. */
export async function hasLaterChange(reader: Reader, id: ConnectionId, moment: CaseMoment): Promise<boolean> {
  const later = (table: 'limit_change' | 'limit_group_change') => sql`
    EXISTS (SELECT 1 FROM ${sql.table(table)} WHERE connection_id = ${id} AND day > ${moment.asOf})
    OR EXISTS (SELECT 1 FROM ${sql.table(table)} WHERE connection_id = ${id} AND at_ms > ${knownMs(moment)})`;
  const { rows } = await sql<{ found: number }>`
    SELECT ${later('limit_change')} OR ${later('limit_group_change')} AS found`.execute(reader);
  return rows[0]?.found === 1;
}

/** The customers whose limit, as it stands now, belongs to any of these groups. */
export async function readGroupMembers(
  reader: Reader,
  id: ConnectionId,
  groups: readonly string[],
): Promise<CustomerId[]> {
  if (groups.length === 0) return [];
  const rows = await reader
    .selectFrom('customer_limit')
    .select('customer_id')
    .where('connection_id', '=', id)
    .where('group_name', 'in', groups)
    .execute();
  // Sorted here: asked to, the database goes through everybody in order instead of through the groups.
  return rows.map((row) => row.customer_id as CustomerId).sort();
}

/** What a table would change. */
export interface LimitDifference {
  /** What is other than before. */
  table: LimitTable;
  /** What of it is more than another day of review: limits and groups that somebody must answer for. */
  raised: LimitTable;
  before: ReadonlyMap<CustomerId, LimitEntry>;
}

/** Compares a table with what stands now. */
export async function changedLimits(
  reader: Reader,
  id: ConnectionId,
  table: LimitTable,
): Promise<LimitDifference> {
  // A whole file is compared with the whole table, one limit with its own row.
  const only = table.entries.length > ROWS_AT_ONCE ? undefined : table.entries.map((one) => one.customerId);
  const known = await readLimits(reader, id, only);
  const before = new Map(known.entries.map((entry) => [entry.customerId, entry]));
  const entries = table.entries
    .map((entry) => withReview(entry, before.get(entry.customerId)))
    .filter((entry) => !isSame(entry, before.get(entry.customerId)));
  const groupLimits = new Map(known.groups.map((group) => [group.name, group.limitMinor]));
  const groups = table.groups.filter((group) => groupLimits.get(group.name) !== group.limitMinor);
  const raised = entries.filter((entry) => !isSameLimit(entry, before.get(entry.customerId)));
  return { table: { entries, groups }, raised: { entries: raised, groups }, before };
}

/**
 * Sets the limits that a table names; customers that it does not name keep theirs, and what is as it was leaves no
 * version behind. Returns how many limits and group limits are other than before.
 */
export async function saveLimits(
  tx: Tx,
  id: ConnectionId,
  table: LimitTable,
  change: Change,
): Promise<{ limits: number; groups: number }> {
  const { entries, groups } = (await changedLimits(tx, id, table)).table;
  for (let at = 0; at < entries.length; at += ROWS_AT_ONCE)
    await writeLimits(tx, id, entries.slice(at, at + ROWS_AT_ONCE), change);
  for (const group of groups) await writeGroup(tx, id, group, change);
  return { limits: entries.length, groups: groups.length };
}

/** A day of review that is not spoken of stays. */
const withReview = (entry: LimitEntry, before: LimitEntry | undefined): LimitEntry =>
  entry.reviewOn === undefined ? { ...entry, reviewOn: before?.reviewOn ?? null } : entry;

const isSame = (a: LimitEntry, b: LimitEntry | undefined): boolean =>
  isSameLimit(a, b) && (a.reviewOn ?? null) === (b?.reviewOn ?? null);

const isSameLimit = (a: LimitEntry, b: LimitEntry | undefined): boolean =>
  b !== undefined &&
  limitColumns(a).kind === limitColumns(b).kind &&
  limitColumns(a).limit_minor === limitColumns(b).limit_minor &&
  a.group === b.group;

async function writeLimits(tx: Tx, id: ConnectionId, entries: LimitEntry[], change: Change): Promise<void> {
  const meta = { at_ms: change.atMs, set_by: change.by, why: change.why ?? '', day: change.day ?? null };
  const versions = entries.map((entry) => ({ connection_id: id, ...limitColumns(entry), ...meta }));
  await tx.insertInto('limit_change').values(versions).execute();
  const now = entries.map((entry) => ({
    ...{ connection_id: id, set_at_ms: change.atMs, set_by: change.by },
    ...limitColumns(entry),
  }));
  await tx
    .insertInto('customer_limit')
    .values(now)
    .onConflict((conflict) =>
      conflict.columns(['connection_id', 'customer_id']).doUpdateSet((eb) => ({
        kind: eb.ref('excluded.kind'),
        limit_minor: eb.ref('excluded.limit_minor'),
        group_name: eb.ref('excluded.group_name'),
        review_on: eb.ref('excluded.review_on'),
        set_at_ms: eb.ref('excluded.set_at_ms'),
        set_by: eb.ref('excluded.set_by'),
      })),
    )
    .execute();
}

async function writeGroup(tx: Tx, id: ConnectionId, group: LimitGroup, change: Change): Promise<void> {
  const row = { connection_id: id, name: group.name, limit_minor: group.limitMinor };
  const { atMs, by, why = '', day = null } = change;
  await tx
    .insertInto('limit_group_change')
    .values({ ...row, day, at_ms: atMs, set_by: by, why })
    .execute();
  await tx
    .insertInto('limit_group')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['connection_id', 'name']).doUpdateSet({ limit_minor: group.limitMinor }),
    )
    .execute();
}

/** A limit whose review is due, with who is concerned. */
export interface DueReview {
  customerId: CustomerId;
  limit: CreditLimit | null;
  reviewOn: Day;
}

/** Limits that somebody had to look at by a day, the longest due first. */
export async function readDueReviews(reader: Reader, id: ConnectionId, asOf: Day): Promise<DueReview[]> {
  const rows = await reader
    .selectFrom('customer_limit')
    .selectAll()
    .where('connection_id', '=', id)
    .where('review_on', '<=', asOf)
    .orderBy('review_on')
    .orderBy('customer_id')
    .execute();
  return rows.map((row) => ({
    customerId: row.customer_id as CustomerId,
    limit: limitOf(row),
    reviewOn: row.review_on as Day,
  }));
}

/** Every change of a customer's limit, oldest first. */
export async function readLimitHistory(
  reader: Reader,
  id: ConnectionId,
  customer: CustomerId,
): Promise<LimitHistoryEntry[]> {
  const of = <T extends 'limit_change' | 'temporary_limit' | 'insured_limit'>(table: T) =>
    sql<Selectable<Schema[T]>>`
      SELECT * FROM ${sql.table(table)} WHERE connection_id = ${id} AND customer_id = ${customer} ORDER BY seq
    `.execute(reader);
  const permanent = (await of('limit_change')).rows.map((row) => {
    const { group_name: group, review_on: reviewOn } = row;
    return entryIn(row, { kind: 'permanent', limit: limitOf(row), group, reviewOn: reviewOn as Day | null });
  });
  const temporary = (await of('temporary_limit')).rows.map((row) =>
    entryIn(row, {
      ...{ kind: 'temporary', id: row.id, amountMinor: row.amount_minor },
      ...{
        from: row.from_day as Day,
        to: row.to_day as Day,
        state: row.state === 'ended' ? 'ended' : 'open',
      },
    }),
  );
  const insured = (await of('insured_limit')).rows.map((row) =>
    entryIn(row, { kind: 'insured', insured: insuredOf(row) }),
  );
  return [...permanent, ...temporary, ...insured].sort((a, b) => a.atMs - b.atMs);
}

const entryIn = (
  row: { at_ms: number; set_by: string; why: string; day: string | null },
  version: LimitVersion,
): LimitHistoryEntry => ({
  ...{ atMs: row.at_ms, by: row.set_by, why: row.why, day: row.day as Day | null, version },
});

interface LimitRow {
  customer_id: string;
  kind: string;
  limit_minor: number | null;
  group_name: string | null;
  review_on: string | null;
}

function entryOf(row: LimitRow): LimitEntry {
  const entry = { customerId: row.customer_id as CustomerId, limit: limitOf(row), group: row.group_name };
  return row.review_on === null ? entry : { ...entry, reviewOn: row.review_on as Day };
}

const groupOf = (row: { name: string; limit_minor: number }): LimitGroup => ({
  name: row.name,
  limitMinor: row.limit_minor,
});

export function limitOf({
  kind,
  limit_minor: limitMinor,
}: Pick<LimitRow, 'kind' | 'limit_minor'>): CreditLimit | null {
  if (kind === 'unlimited') return { kind: 'unlimited' };
  return limitMinor === null ? null : { kind: 'amount', limitMinor };
}

function limitColumns({ customerId, limit, group, reviewOn }: LimitEntry): LimitRow {
  return {
    customer_id: customerId,
    kind: limit?.kind ?? 'not-assessed',
    limit_minor: limit?.kind === 'amount' ? limit.limitMinor : null,
    group_name: group,
    review_on: reviewOn ?? null,
  };
}
