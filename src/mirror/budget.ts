import type { CallBudget, ConnectionId } from '../domain/index.ts';
import type { Clock } from '../lib/index.ts';
import type { Reader, Store } from '../store/index.ts';

/** The call counts of one connection, in one place for all processes: each change is a transaction of its own. */
export function callBudget(store: Store, clock: Clock, id: ConnectionId): CallBudget {
  return {
    change: (work) =>
      store.write(async (tx) => {
        const saved = await readBudget(tx, id);
        const { state, result } = work(saved?.state ?? null);
        if (state === saved?.state) return result;
        const row = { state, changed_at_ms: clock.nowMs() };
        await tx
          .insertInto('call_budget')
          .values({ connection_id: id, ...row })
          .onConflict((conflict) => conflict.column('connection_id').doUpdateSet(row))
          .execute();
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
