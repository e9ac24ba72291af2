import type { CallBudget, ConnectionId } from '../domain/index.ts';
import type { Clock } from '../lib/index.ts';
import type { Reader, Store } from '../store/index.ts';

/** The call counts of one connection, in one place for all processes: each change is a transaction of its own. */
export function callBudget(store: Store, clock: Clock, id: ConnectionId): CallBudget {
  return {
    // Two changes for every call: by prepared statements they cost half of what Kysely's do.
    change: (work) =>
      store.writeBulk((db) => {
        const kept = db.prepare('SELECT state FROM call_budget WHERE connection_id = ?').pluck().get(id);
        const saved = typeof kept === 'string' ? kept : null;
        const { state, result } = work(saved);
        if (state !== saved) {
          db.prepare(
            `INSERT INTO call_budget (connection_id, state, changed_at_ms) VALUES (?,?,?)
             ON CONFLICT (connection_id) DO UPDATE
             SET state = excluded.state, changed_at_ms = excluded.changed_at_ms`,
          ).run(id, state, clock.nowMs());
        }
        return result;
      }),
  };
}

/** Call counts as the connector wrote them down; null before the first call. */
export async function readBudget(
  reader: Reader,
  id: ConnectionId,
): Promise<{ state: string; changedAtMs: number } | null> {
  const row = await reader
    .selectFrom('call_budget')
    .selectAll()
    .where('connection_id', '=', id)
    .executeTakeFirst();
  return row === undefined ? null : { state: row.state, changedAtMs: row.changed_at_ms };
}
