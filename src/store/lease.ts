import type { Database } from 'better-sqlite3';
import { HoldfastError } from '../domain/index.ts';
import { randomId, type Clock } from '../lib/index.ts';
import { isDeadProcess, processMark } from './process-mark.ts';
import type { Store, Tx } from './store.ts';

const POLL_MS = 100;
/** How long a lease lasts from its last renewal: what a hung or suspended owner keeps others waiting. */
export const LEASE_TTL_MS = 90_000;
/** A lease is renewed this often in its life, so that one missed beat loses nothing. */
const BEATS = 3;
/** No lease lasts longer. */
const LONGEST_MS = 24 * 3_600_000;

interface LeaseOptions {
  /** After this long without renewal another may take it; that of a process which died on this machine, at once. */
  ttlMs: number;
  /** How long to wait for somebody else's lease; 0 = give up at once with LEASE_TAKEN. */
  waitMs: number;
}

/** A lease while it is held. Its time may run out unnoticed (a suspended laptop): so every commit asks. */
export interface Lease {
  readonly name: string;
  /** Goes up with every owner. */
  readonly number: number;
  /** The same store, where every transaction begins by making sure that the lease is still ours. */
  readonly store: Store;
  /** Throws LEASE_LOST when another has it; then the transaction that asked must not be committed. */
  assertHeld(tx: Tx): Promise<void>;
}

interface Holder {
  name: string;
  owner: string;
  number: number;
}

/** Does `work` while holding the named lease, so that no other process on this database does it meanwhile. */
export async function withLease<T>(
  store: Store,
  clock: Clock,
  name: string,
  options: LeaseOptions,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const holder = await take(store, clock, name, options);
  const stopBeating = clock.every(options.ttlMs / BEATS, () =>
    // One that fails is made up for by the next; one that was lost is noticed by the next commit.
    renew(store, clock, holder, options.ttlMs).catch(() => undefined),
  );
  try {
    return await work(leaseOf(store, holder));
  } finally {
    await stopBeating();
    await release(store, holder);
  }
}

/** Whether an error says that another process took over what this one was doing. */
export const isLeaseLost = (error: unknown): boolean =>
  error instanceof HoldfastError && error.code === 'LEASE_LOST';

async function take(store: Store, clock: Clock, name: string, options: LeaseOptions): Promise<Holder> {
  const owner = `${processMark()}/${randomId(8)}`;
  const giveUpAt = clock.monotonicMs() + options.waitMs;
  for (;;) {
    const number = await tryTake(store, clock, name, owner, options.ttlMs);
    if (number !== null) return { name, owner, number };
    if (clock.monotonicMs() >= giveUpAt) throw leaseTaken(name);
    await clock.sleep(POLL_MS);
  }
}

/** Our number, or null while another holds it. */
async function tryTake(
  store: Store,
  clock: Clock,
  name: string,
  owner: string,
  ttlMs: number,
): Promise<number | null> {
  return store.write(async (tx) => {
    const now = clock.nowMs();
    const held = await tx.selectFrom('lease').selectAll().where('name', '=', name).executeTakeFirst();
    // An expiry further away than any lease lasts means that the clock was set back: such a lease is dead.
    const lasts = held !== undefined && held.expires_at_ms > now && held.expires_at_ms <= now + LONGEST_MS;
    if (lasts && !isDeadProcess(held.owner)) return null;
    const row = { name, owner, number: (held?.number ?? 0) + 1, expires_at_ms: now + ttlMs };
    await tx
      .insertInto('lease')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
      .execute();
    return row.number;
  });
}

function leaseOf(store: Store, holder: Holder): Lease {
  const assertHeld = async (tx: Tx): Promise<void> => {
    const row = await tx
      .selectFrom('lease')
      .select('number')
      .where('name', '=', holder.name)
      .where('owner', '=', holder.owner)
      .where('number', '=', holder.number)
      .executeTakeFirst();
    if (row === undefined) throw leaseLost(holder.name);
  };
  return { name: holder.name, number: holder.number, store: fenced(store, holder, assertHeld), assertHeld };
}

/** A lease that has run out but that nobody took is still ours: whoever takes it must write that first. */
function fenced(store: Store, holder: Holder, assertHeld: Lease['assertHeld']): Store {
  return {
    ...store,
    write: (work) =>
      store.write(async (tx) => {
        await assertHeld(tx);
        return work(tx);
      }),
    writeBulk: (work) =>
      store.writeBulk((db) => {
        if (!isHeld(db, holder)) throw leaseLost(holder.name);
        return work(db);
      }),
  };
}

const isHeld = (db: Database, { name, owner, number }: Holder): boolean =>
  db.prepare('SELECT 1 FROM lease WHERE name = ? AND owner = ? AND number = ?').get(name, owner, number) !==
  undefined;

async function renew(store: Store, clock: Clock, holder: Holder, ttlMs: number): Promise<void> {
  await setExpiry(store, holder, { expires_at_ms: clock.nowMs() + ttlMs });
}

/** The row stays, so that the next owner's number is higher. */
async function release(store: Store, holder: Holder): Promise<void> {
  await setExpiry(store, holder, { owner: '', expires_at_ms: 0 });
}

async function setExpiry(
  store: Store,
  { name, owner, number }: Holder,
  row: { owner?: string; expires_at_ms: number },
): Promise<void> {
  await store.write((tx) =>
    tx
      .updateTable('lease')
      .set(row)
      .where('name', '=', name)
      .where('owner', '=', owner)
      .where('number', '=', number)
      .execute(),
  );
}

function leaseTaken(name: string): HoldfastError {
  return new HoldfastError('LEASE_TAKEN', `Another Holdfast process is busy with ${name}.`, {
    kind: 'state',
    retryable: true,
    hint: 'Wait until it is done, or look for a second process on this data directory.',
  });
}

function leaseLost(name: string): HoldfastError {
  return new HoldfastError(
    'LEASE_LOST',
    `This process paused for too long, and another one took over ${name}: nothing more is written here.`,
    {
      kind: 'state',
      retryable: true,
      hint: 'The other process goes on with it. Run this again if it did not.',
    },
  );
}
