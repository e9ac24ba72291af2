import { HoldfastError } from '../domain/index.ts';
import { randomId, type Clock } from '../lib/index.ts';
import { isDeadProcess, processMark } from './process-mark.ts';
import type { Store } from './store.ts';

const POLL_MS = 100;

interface LeaseOptions {
  /** After this long another may take it; that of a process which died on this machine may be taken at once. */
  ttlMs: number;
  /** How long to wait for somebody else's lease; 0 = give up at once with LEASE_TAKEN. */
  waitMs: number;
}

/** Does `work` while holding the named lease, so that no other process on this database does it meanwhile. */
export async function withLease<T>(
  store: Store,
  clock: Clock,
  name: string,
  options: LeaseOptions,
  work: () => Promise<T>,
): Promise<T> {
  const owner = `${processMark()}/${randomId(8)}`;
  const giveUpAt = clock.monotonicMs() + options.waitMs;
  while (!(await tryTake(store, clock, name, owner, options.ttlMs))) {
    if (clock.monotonicMs() >= giveUpAt) {
      throw new HoldfastError('LEASE_TAKEN', `Another Holdfast process is busy with ${name}.`, {
        kind: 'state',
        retryable: true,
        hint: 'Wait until it is done, or look for a second process on this data directory.',
      });
    }
    await clock.sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await store.write((tx) =>
      tx.deleteFrom('lease').where('name', '=', name).where('owner', '=', owner).execute(),
    );
  }
}

async function tryTake(
  store: Store,
  clock: Clock,
  name: string,
  owner: string,
  ttlMs: number,
): Promise<boolean> {
  return store.write(async (tx) => {
    const now = clock.nowMs();
    const held = await tx.selectFrom('lease').selectAll().where('name', '=', name).executeTakeFirst();
    // An expiry further away than any lease lasts means that the clock was set back: such a lease is dead.
    const lasts =
      held !== undefined && held.expires_at_ms > now && held.expires_at_ms <= now + 24 * 3_600_000;
    if (lasts && !isDeadProcess(held.owner)) return false;
    const row = { name, owner, number: (held?.number ?? 0) + 1, expires_at_ms: now + ttlMs };
    await tx
      .insertInto('lease')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
      .execute();
    return true;
  });
}
