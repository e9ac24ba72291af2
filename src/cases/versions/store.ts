import { sql, type RawBuilder, type Selectable, type SqlBool } from 'kysely';
import type { ConnectionId, CustomerId } from '../../domain/index.ts';
import type { Reader, Schema } from '../../store/index.ts';
import type { CaseMoment } from '../case-file.ts';

/** Tables that keep versions of something of a customer's. */
type VersionTable =
  | 'temporary_limit'
  | 'insured_limit'
  | 'customer_tag'
  | 'dispute'
  | 'promise'
  | 'manual_standing'
  | 'hold_release';

/** Of which customers; undefined = of all. */
export type Only = readonly CustomerId[] | undefined;

/** What tells one thing of a table from another: all versions of it share these columns. */
const KEYS: Record<VersionTable, string> = {
  temporary_limit: 'id',
  insured_limit: 'customer_id',
  customer_tag: 'customer_id, tag',
  dispute: 'id',
  promise: 'id',
  manual_standing: 'customer_id, cause',
  hold_release: 'id',
};

/**
 * The version of each thing that was known and had begun at a moment, in the order in which they were written.
 * With `startsEarly` the first version counts for the days before it as well.
 */
export async function readVersions<T extends VersionTable>(
  reader: Reader,
  table: T,
  id: ConnectionId,
  moment: CaseMoment,
  only: Only,
  startsEarly = false,
): Promise<Selectable<Schema[T]>[]> {
  const known = sql`connection_id = ${id} AND at_ms <= ${knownMs(moment)} AND ${amongThese(only)}`;
  const begun = sql`max(CASE WHEN day <= ${moment.asOf} THEN seq END)`;
  const newest = startsEarly ? sql`coalesce(${begun}, min(seq))` : begun;
  const { rows } = await sql<Selectable<Schema[T]>>`
    SELECT v.* FROM ${sql.table(table)} v
    JOIN (SELECT ${newest} AS newest FROM ${sql.table(table)} WHERE ${known} GROUP BY ${sql.raw(KEYS[table])}) n
      ON v.seq = n.newest
    ORDER BY v.seq`.execute(reader);
  return rows;
}

/** SQLite knows no Infinity. */
export const knownMs = ({ knownAtMs }: Pick<CaseMoment, 'knownAtMs'>): number =>
  Math.min(knownAtMs, Number.MAX_SAFE_INTEGER);

/** The condition that a row is of some customers, however many they are; true when it may be of all. */
export function amongThese(only: Only): RawBuilder<SqlBool> {
  if (only === undefined) return sql<SqlBool>`TRUE`;
  return sql<SqlBool>`customer_id IN (SELECT value FROM json_each(${JSON.stringify(only)}))`;
}
