import { sql } from 'kysely';
import { appendAudits } from '../../audit/index.ts';
import type { ConnectionId, CustomerId, Day } from '../../domain/index.ts';
import type { Policy, Standing } from '../../policy/index.ts';
import type { Flag } from '../../rules/index.ts';
import type { Reader, Tx } from '../../store/index.ts';
import { saveJudgedDay } from '../judged/store.ts';
import type { Reason } from '../reason.ts';
import type { Clearing, StandingDecision, StandingRecord } from '../standing-record.ts';

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
  return recordsOf(await readRows(reader, id, choice));
}

/**
 * How every customer stood before the night of a day: what that night's decisions rest on, however often they are
 * made anew.
 */
export async function readStandingsBefore(
  reader: Reader,
  id: ConnectionId,
  asOf: Day,
): Promise<Map<CustomerId, StandingRecord>> {
  const rows = new Map((await readRows(reader, id)).map((row) => [row.customer_id, row]));
  for (const row of await readChangesSince(reader, id, asOf)) rows.set(row.customer_id, row);
  return recordsOf([...rows.values()]);
}

interface Row {
  customer_id: string;
  standing: string | null;
  since: string | null;
  reasons: string | null;
  clearing: string | null;
  unpayable: string | null;
}

function readRows(
  reader: Reader,
  id: ConnectionId,
  { customers, standings }: StandingsChoice = {},
): Promise<Row[]> {
  let query = reader.selectFrom('standing').selectAll().where('connection_id', '=', id);
  if (customers !== undefined) query = query.where('customer_id', 'in', customers);
  if (standings !== undefined) query = query.where('standing', 'in', standings);
  return query.execute();
}

/** Of each customer whose standing a night of the day or a later one changed: how it stood before the first of them. */
async function readChangesSince(reader: Reader, id: ConnectionId, asOf: Day): Promise<Row[]> {
  const first = reader
    .selectFrom('standing_before')
    .select((eb) => ['customer_id', eb.fn.min('as_of').as('first_day')])
    .where('connection_id', '=', id)
    .where('as_of', '>=', asOf)
    .groupBy('customer_id')
    .as('first');
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

function recordsOf(rows: Row[]): Map<CustomerId, StandingRecord> {
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

/** What a night's decisions rest on. */
export interface DecisionBasis {
  connectionId: ConnectionId;
  asOf: Day;
  run: number;
  policy: Policy;
  nowMs: number;
}

/**
 * Writes down flags and standings. Each change becomes a decision with its reasons; what did not change writes nothing.
 * The decisions of a day made anew take the place of its earlier ones.
 */
export async function saveDecisions(
  tx: Tx,
  basis: DecisionBasis,
  flags: Flag[],
  standings: StandingDecision[],
): Promise<void> {
  await saveJudgedDay(tx, basis.connectionId, basis.asOf, basis.policy.hash);
  await replaceFlags(tx, basis, flags);
  const known = new Map((await readRows(tx, basis.connectionId)).map((row) => [row.customer_id, row]));
  const changes: Change[] = [];
  for (const decision of standings) {
    const before = known.get(decision.customerId);
    if (before === undefined && decision.standing === 'clear') continue;
    const after = rowOf(decision);
    if (before === undefined || !isSame(before, after))
      changes.push({ decision, before: before ?? null, after });
  }
  await saveBefore(tx, basis, changes);
  await saveStandings(tx, basis, changes);
  await saveChanges(
    tx,
    basis,
    changes.filter(({ before, after }) => (before?.standing ?? 'clear') !== after.standing),
  );
}

interface Change {
  decision: StandingDecision;
  before: Row | null;
  after: Row;
}

function rowOf({ customerId, standing, since, reasons, clearing, unpayable }: StandingDecision): Row {
  return {
    customer_id: customerId,
    standing,
    since,
    reasons: JSON.stringify(reasons),
    clearing: clearing === null ? null : JSON.stringify(clearing),
    unpayable,
  };
}

const isSame = (a: Row, b: Row): boolean =>
  a.standing === b.standing &&
  a.since === b.since &&
  a.reasons === b.reasons &&
  a.clearing === b.clearing &&
  a.unpayable === b.unpayable;

/** So many rows are handed to the database at once, as one JSON text: quicker than as thousands of values. */
const BATCH = 500;

async function inBatches<T>(rows: readonly T[], insert: (json: string) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < rows.length; at += BATCH) await insert(JSON.stringify(rows.slice(at, at + BATCH)));
}

async function replaceFlags(
  tx: Tx,
  { connectionId, asOf, run }: DecisionBasis,
  flags: Flag[],
): Promise<void> {
  await tx.deleteFrom('flag').where('connection_id', '=', connectionId).where('as_of', '=', asOf).execute();
  const rows = flags.map((flag) => [flag.customerId, flag.rule, flag.severity, JSON.stringify(flag)]);
  await inBatches(rows, (json) =>
    sql`
      INSERT INTO flag (connection_id, as_of, run, customer_id, rule, severity, content)
      SELECT ${connectionId}, ${asOf}, ${run}, value ->> 0, value ->> 1, value ->> 2, value ->> 3
      FROM json_each(${json})`.execute(tx),
  );
}

/** Once a day and customer: what the first night of the day found stays what stood before it. */
async function saveBefore(tx: Tx, { connectionId, asOf }: DecisionBasis, changes: Change[]): Promise<void> {
  const rows = changes.map(({ decision, before }) => {
    const { standing, since, reasons, clearing, unpayable } = before ?? NOTHING;
    return [decision.customerId, standing, since, reasons, clearing, unpayable];
  });
  await inBatches(rows, (json) =>
    sql`
      INSERT INTO standing_before
        (connection_id, as_of, customer_id, standing, since, reasons, clearing, unpayable)
      SELECT ${connectionId}, ${asOf}, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
      FROM json_each(${json}) WHERE true
      ON CONFLICT (connection_id, customer_id, as_of) DO NOTHING`.execute(tx),
  );
}

const NOTHING = { standing: null, since: null, reasons: null, clearing: null, unpayable: null };

async function saveStandings(tx: Tx, { connectionId }: DecisionBasis, changes: Change[]): Promise<void> {
  const rows = changes.map(({ decision, after: { standing, since, reasons, clearing, unpayable } }) => {
    return [decision.customerId, standing, since, reasons, clearing, unpayable];
  });
  await inBatches(rows, (json) =>
    sql`
      INSERT INTO standing (connection_id, customer_id, standing, since, reasons, clearing, unpayable)
      SELECT ${connectionId}, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
      FROM json_each(${json}) WHERE true
      ON CONFLICT (connection_id, customer_id) DO UPDATE SET
        standing = excluded.standing, since = excluded.since, reasons = excluded.reasons,
        clearing = excluded.clearing, unpayable = excluded.unpayable`.execute(tx),
  );
}

async function saveChanges(tx: Tx, basis: DecisionBasis, changes: Change[]): Promise<void> {
  const { connectionId, asOf, run, policy, nowMs } = basis;
  const rows = changes.map(({ decision, before, after }) => {
    return [decision.customerId, before?.standing ?? 'clear', after.standing, after.reasons];
  });
  await inBatches(rows, (json) =>
    sql`
      INSERT INTO decision
        (connection_id, as_of, run, policy_hash, decided_at_ms, customer_id, from_standing, to_standing, reasons)
      SELECT ${connectionId}, ${asOf}, ${run}, ${policy.hash}, ${nowMs}, value ->> 0, value ->> 1, value ->> 2, value ->> 3
      FROM json_each(${json})`.execute(tx),
  );
  await appendAudits(
    tx,
    nowMs,
    changes.map(({ decision, before, after }) => ({
      connectionId,
      actor: 'night',
      action: 'standing.changed',
      subject: `customer ${decision.customerId}`,
      details: { from: before?.standing ?? 'clear', to: after.standing, asOf, run, policy: policy.hash },
    })),
  );
}
