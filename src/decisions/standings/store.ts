import { sql, type SqlBool } from 'kysely';
import type { ConnectionId, CustomerId, Day } from '../../domain/index.ts';
import type { Standing } from '../../policy/index.ts';
import type { Reader } from '../../store/index.ts';
import type { Reason } from '../reason.ts';
import type { Clearing, StandingRecord } from '../standing-record.ts';

/** Which standings are read; without a word of it all of them. */
export interface StandingsChoice {
  customers?: readonly CustomerId[];
  standings?: readonly Standing[];
}

/** How every customer stands that ever stood otherwise than clear, or those that are chosen. */
export async function readStandings(
  reader: Reader,
  id: ConnectionId,
  choice: StandingsChoice = {},
): Promise<Map<CustomerId, StandingRecord>> {
  return recordsOf(await readStandingRows(reader, id, choice));
}

/**
 * How every customer stood before the night of a day: what that night's decisions rest on, however often they are
 * made anew.
 */
export async function readStandingsBefore(
  reader: Reader,
  id: ConnectionId,
  asOf: Day,
  customers?: readonly CustomerId[],
): Promise<Map<CustomerId, StandingRecord>> {
  const choice = customers === undefined ? {} : { customers };
  const rows = new Map((await readStandingRows(reader, id, choice)).map((row) => [row.customer_id, row]));
  for (const row of await readChangesSince(reader, id, asOf, customers)) rows.set(row.customer_id, row);
  return recordsOf([...rows.values()]);
}

/** A standing as the database holds it. */
export interface StandingRow {
  customer_id: string;
  standing: string | null;
  since: string | null;
  reasons: string | null;
  clearing: string | null;
  unpayable: string | null;
}

/** Rows of standings, unread. */
export function readStandingRows(
  reader: Reader,
  id: ConnectionId,
  { customers, standings }: StandingsChoice = {},
): Promise<StandingRow[]> {
  let query = reader.selectFrom('standing').selectAll().where('connection_id', '=', id);
  if (customers !== undefined) query = query.where(amongThese(customers));
  if (standings !== undefined) query = query.where('standing', 'in', standings);
  return query.execute();
}

/** Of each customer whose standing a night of the day or a later one changed: how it stood before the first of them. */
async function readChangesSince(
  reader: Reader,
  id: ConnectionId,
  asOf: Day,
  customers: readonly CustomerId[] | undefined,
): Promise<StandingRow[]> {
  // Nearly always the day is tonight, and nothing was changed yet: that is told by one look, not by one a customer.
  if (!(await hasChangesSince(reader, id, asOf))) return [];
  let since = reader
    .selectFrom('standing_before')
    .select((eb) => ['customer_id', eb.fn.min('as_of').as('first_day')])
    .where('connection_id', '=', id)
    .where('as_of', '>=', asOf);
  if (customers !== undefined) since = since.where(amongThese(customers));
  const first = since.groupBy('customer_id').as('first');
  return reader
    .selectFrom('standing_before')
    .innerJoin(first, (join) =>
      join
        .onRef('first.customer_id', '=', 'standing_before.customer_id')
        .onRef('first.first_day', '=', 'standing_before.as_of'),
    )
    .selectAll('standing_before')
    .where('standing_before.connection_id', '=', id)
    .execute();
}

async function hasChangesSince(reader: Reader, id: ConnectionId, asOf: Day): Promise<boolean> {
  const row = await reader
    .selectFrom('standing_before')
    .select('as_of')
    .where('connection_id', '=', id)
    .where('as_of', '>=', asOf)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The condition that a row is of some customers, however many they are. */
const amongThese = (customers: readonly CustomerId[]) =>
  sql<SqlBool>`customer_id IN (SELECT value FROM json_each(${JSON.stringify(customers)}))`;

function recordsOf(rows: StandingRow[]): Map<CustomerId, StandingRecord> {
  const records = new Map<CustomerId, StandingRecord>();
  for (const { customer_id, standing, since, reasons, clearing, unpayable } of rows) {
    if (standing === null) continue;
    const customerId = customer_id as CustomerId;
    records.set(customerId, {
      customerId,
      standing: standing as Standing,
      since: since as Day,
      reasons: JSON.parse(reasons ?? '[]') as Reason[],
      clearing: clearing === null ? null : (JSON.parse(clearing) as Clearing),
      unpayable,
    });
  }
  return records;
}
