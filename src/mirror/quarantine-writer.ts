import type { Database, Statement } from 'better-sqlite3';
import { sql, type SqlBool } from 'kysely';
import { NO_ID, type ConnectionId, type Page, type QuarantinedRow } from '../domain/index.ts';
import type { Tx } from '../store/index.ts';
import type { RowKind } from './rows.ts';

/** What a row said until a run is kept: what could not be trusted on a past day must be known for ever. */
const PUT_BY = `INSERT INTO past_quarantine (connection_id, kind, remote_id, customer_id, reason, from_run, until_run)
  SELECT connection_id, kind, remote_id, customer_id, reason, coalesce(from_run, run), ? FROM quarantine`;

/** Puts rows into quarantine and takes them out, for one connection in one run. Synchronous, in its caller's transaction. */
export class QuarantineWriter {
  readonly #connectionId: string;
  readonly #run: number;
  readonly #putBy: Statement;
  readonly #putByChanged: Statement;
  readonly #insert: Statement;
  readonly #remove: Statement;
  /** What lies there, by kind and id: asked once, for nobody else writes meanwhile. */
  readonly #waiting: Set<string>;

  constructor(db: Database, connectionId: string, run: number) {
    const thisRow = 'connection_id = ? AND kind = ? AND remote_id = ?';
    this.#connectionId = connectionId;
    this.#run = run;
    this.#putBy = db.prepare(`${PUT_BY} WHERE ${thisRow}`);
    this.#putByChanged = db.prepare(`${PUT_BY} WHERE ${thisRow} AND (customer_id IS NOT ? OR reason <> ?)`);
    this.#insert = db.prepare(
      `INSERT INTO quarantine (connection_id, kind, remote_id, customer_id, reason, run, from_run)
       VALUES (?,?,?,?,?,?,?) ON CONFLICT (connection_id, kind, remote_id) DO UPDATE
       SET customer_id = excluded.customer_id, reason = excluded.reason, run = excluded.run,
       from_run = CASE WHEN customer_id IS excluded.customer_id AND reason = excluded.reason
                  THEN coalesce(from_run, run) ELSE excluded.from_run END`,
    );
    this.#remove = db.prepare(`DELETE FROM quarantine WHERE ${thisRow}`);
    this.#waiting = new Set(readWaiting(db, connectionId));
  }

  /** Rows of a page that were understood leave quarantine; those that were not go there. Returns how many did. */
  write(page: Page): number {
    if (this.#waiting.size > 0) this.#releaseUnderstood(page);
    for (const row of page.quarantined) this.#put(row);
    return page.quarantined.length;
  }

  #put({ kind, remoteId, customerId, reason }: QuarantinedRow): void {
    const [id, run] = [this.#connectionId, this.#run];
    if (this.#waiting.has(keyOf(kind, remoteId)))
      this.#putByChanged.run(run, id, kind, remoteId, customerId, reason);
    this.#insert.run(id, kind, remoteId, customerId, reason, run, run);
    this.#waiting.add(keyOf(kind, remoteId));
  }

  #releaseUnderstood(page: Page): void {
    const release = (kind: RowKind, id: string): void => {
      if (!this.#waiting.delete(keyOf(kind, id))) return;
      this.#putBy.run(this.#run, this.#connectionId, kind, id);
      this.#remove.run(this.#connectionId, kind, id);
    };
    for (const { remoteId } of page.customers) release('customer', remoteId);
    for (const { remoteId } of page.invoices) release('invoice', remoteId);
    for (const { remoteId } of page.credits) release('credit', remoteId);
    for (const { remoteId } of page.payments) release('payment', remoteId);
    for (const { kind, remoteId } of page.deleted) release(kind, remoteId);
  }
}

function readWaiting(db: Database, connectionId: string): string[] {
  const rows = db
    .prepare('SELECT kind, remote_id AS id FROM quarantine WHERE connection_id = ?')
    .all(connectionId) as { kind: RowKind; id: string }[];
  return rows.map(({ kind, id }) => keyOf(kind, id));
}

/** Drops from quarantine rows without an id (of all kinds when null) that `run` has not written. */
export async function releaseNameless(
  tx: Tx,
  id: ConnectionId,
  run: number,
  kind: RowKind | null,
): Promise<void> {
  // '' was the id of such a row in databases of earlier days.
  const nameless = sql<SqlBool>`connection_id = ${id} AND run < ${run}
    AND (remote_id = '' OR remote_id LIKE ${`${NO_ID}%`}) AND (${kind} IS NULL OR kind = ${kind})`;
  await sql`
    INSERT INTO past_quarantine (connection_id, kind, remote_id, customer_id, reason, from_run, until_run)
    SELECT connection_id, kind, remote_id, customer_id, reason, coalesce(from_run, run), ${run} FROM quarantine
    WHERE ${nameless}`.execute(tx);
  await tx.deleteFrom('quarantine').where(nameless).execute();
}

/** Makes the rows of one kind in quarantine these: for what is read as a whole each time. */
export async function replaceQuarantined(
  tx: Tx,
  id: ConnectionId,
  run: number,
  kind: QuarantinedRow['kind'],
  rows: readonly QuarantinedRow[],
): Promise<void> {
  const kept = JSON.stringify(rows.map((row) => row.remoteId));
  const gone = sql<SqlBool>`connection_id = ${id} AND kind = ${kind}
    AND remote_id NOT IN (SELECT value FROM json_each(${kept}))`;
  await sql`
    INSERT INTO past_quarantine (connection_id, kind, remote_id, customer_id, reason, from_run, until_run)
    SELECT connection_id, kind, remote_id, customer_id, reason, coalesce(from_run, run), ${run} FROM quarantine
    WHERE ${gone}`.execute(tx);
  await tx.deleteFrom('quarantine').where(gone).execute();
  for (const { remoteId, customerId, reason } of rows) {
    const row = { customer_id: customerId, reason, run };
    await tx
      .insertInto('quarantine')
      .values({ connection_id: id, kind, remote_id: remoteId, ...row, from_run: run })
      .onConflict((conflict) => conflict.columns(['connection_id', 'kind', 'remote_id']).doUpdateSet(row))
      .execute();
  }
}

const keyOf = (kind: QuarantinedRow['kind'], id: string): string => `${kind}:${id}`;
