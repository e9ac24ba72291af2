import { sql } from 'kysely';
import { appendAudits } from '../../audit/index.ts';
import type { ConnectionId, CustomerId, Day } from '../../domain/index.ts';
import type { Policy } from '../../policy/index.ts';
import type { Flag } from '../../rules/index.ts';
import { overRows, type Tx } from '../../store/index.ts';
import { saveJudgedDay } from '../judged/store.ts';
import type { StandingDecision } from '../standing-record.ts';
import { readStandingRows, type StandingRow } from '../standings/store.ts';

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
  const saving = new DecisionsSaving(basis);
  await saving.add(tx, flags, standings);
  await saving.end(tx);
}

/**
 * Writes the decisions of one day part by part. What an earlier judgement of the day said of a customer stands until
 * its part comes, and the day counts as judged when it has come to its end.
 */
export class DecisionsSaving {
  readonly #basis: DecisionBasis;
  readonly #flagged = new Set<string>();

  constructor(basis: DecisionBasis) {
    this.#basis = basis;
  }

  /** What was decided of some customers, each of whom comes once. */
  async add(tx: Tx, flags: readonly Flag[], standings: readonly StandingDecision[]): Promise<void> {
    const customers = standings.map(({ customerId }) => customerId);
    for (const { customerId } of flags) this.#flagged.add(customerId);
    await replaceFlags(tx, this.#basis, customers, flags);
    const changes = await findChanges(tx, this.#basis, customers, standings);
    await saveBefore(tx, this.#basis, changes);
    await saveStandings(tx, this.#basis, changes);
    const others = changes.filter(({ before, after }) => (before?.standing ?? 'clear') !== after.standing);
    await saveChanges(tx, this.#basis, others);
  }

  /** Takes away earlier flags of whoever has none now, and calls the day judged. */
  async end(tx: Tx): Promise<void> {
    const { connectionId, asOf, policy } = this.#basis;
    await sql`
      DELETE FROM flag WHERE connection_id = ${connectionId} AND as_of = ${asOf}
      AND customer_id NOT IN (SELECT value FROM json_each(${JSON.stringify([...this.#flagged])}))`.execute(
      tx,
    );
    await saveJudgedDay(tx, connectionId, asOf, policy.hash);
  }
}

async function findChanges(
  tx: Tx,
  { connectionId }: DecisionBasis,
  customers: readonly CustomerId[],
  standings: readonly StandingDecision[],
): Promise<Change[]> {
  const rows = await readStandingRows(tx, connectionId, { customers });
  const known = new Map(rows.map((row) => [row.customer_id, row]));
  return standings.flatMap((decision) => {
    const before = known.get(decision.customerId);
    if (before === undefined && decision.standing === 'clear') return [];
    const after = rowOf(decision);
    return before !== undefined && isSame(before, after) ? [] : [{ decision, before: before ?? null, after }];
  });
}

interface Change {
  decision: StandingDecision;
  before: StandingRow | null;
  after: StandingRow;
}

function rowOf({ customerId, standing, since, reasons, clearing, unpayable }: StandingDecision): StandingRow {
  return {
    customer_id: customerId,
    standing,
    since,
    reasons: JSON.stringify(reasons),
    clearing: clearing === null ? null : JSON.stringify(clearing),
    unpayable,
  };
}

const isSame = (a: StandingRow, b: StandingRow): boolean =>
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
  customers: readonly CustomerId[],
  flags: readonly Flag[],
): Promise<void> {
  await overRows(tx, (rows) => {
    rows
      .prepare(
        `DELETE FROM flag WHERE connection_id = ? AND as_of = ?
         AND customer_id IN (SELECT value FROM json_each(?))`,
      )
      .run(connectionId, asOf, JSON.stringify(customers));
    const insert = rows.prepare(
      'INSERT INTO flag (connection_id, as_of, customer_id, rule, severity, run, content) VALUES (?,?,?,?,?,?,?)',
    );
    for (const flag of flags)
      insert.run(connectionId, asOf, flag.customerId, flag.rule, flag.severity, run, JSON.stringify(flag));
  });
}

/** Once a day and customer: what the first night of the day found stays what stood before it. */
async function saveBefore(tx: Tx, { connectionId, asOf }: DecisionBasis, changes: Change[]): Promise<void> {
  await overRows(tx, (rows) => {
    const insert = rows.prepare(
      `INSERT INTO standing_before
         (connection_id, as_of, customer_id, standing, since, reasons, clearing, unpayable)
       VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (connection_id, customer_id, as_of) DO NOTHING`,
    );
    for (const { decision, before } of changes) {
      const { standing, since, reasons, clearing, unpayable } = before ?? NOTHING;
      insert.run(connectionId, asOf, decision.customerId, standing, since, reasons, clearing, unpayable);
    }
  });
}

const NOTHING = { standing: null, since: null, reasons: null, clearing: null, unpayable: null };

async function saveStandings(tx: Tx, { connectionId }: DecisionBasis, changes: Change[]): Promise<void> {
  await overRows(tx, (rows) => {
    const upsert = rows.prepare(
      `INSERT INTO standing (connection_id, customer_id, standing, since, reasons, clearing, unpayable)
       VALUES (?,?,?,?,?,?,?) ON CONFLICT (connection_id, customer_id) DO UPDATE SET
         standing = excluded.standing, since = excluded.since, reasons = excluded.reasons,
         clearing = excluded.clearing, unpayable = excluded.unpayable`,
    );
    for (const { decision, after } of changes) {
      const { standing, since, reasons, clearing, unpayable } = after;
      upsert.run(connectionId, decision.customerId, standing, since, reasons, clearing, unpayable);
    }
  });
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
