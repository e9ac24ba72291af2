import { appendAudit, type SeenHead } from '../audit/index.ts';
import { readRestored, setKillSwitch, setRestored } from '../cases/index.ts';
import { HoldfastError } from '../domain/index.ts';
import { readConnections, readLastFullRun, setConnectionMode, type Connection } from '../mirror/index.ts';
import type { Clock } from '../lib/index.ts';
import type { Store } from '../store/index.ts';
import { moveIntent, readIntents } from './store.ts';

interface RestoreDeps {
  store: Store;
  clock: Clock;
  seen: SeenHead;
}

/**
 * Turns the kill switch on when the database is older than what was done with it: what it forgot (a reminder that was
 * sent) would be done again. Done before anything may leave.
 */
export async function stopWhenRestored({ store, clock, seen }: RestoreDeps): Promise<void> {
  if (!(await seen.isMissingFrom(store.reader)) || (await readRestored(store.reader)) !== null) return;
  await store.write(async (tx) => {
    const change = { by: 'restore check', atMs: clock.nowMs() };
    await setRestored(tx, true, change);
    await setKillSwitch(tx, true, change);
    await appendAudit(tx, change.atMs, {
      connectionId: null,
      actor: change.by,
      action: 'database.restored',
      subject: 'database',
      details: { why: 'an entry of the audit log that was there is missing' },
    });
  });
}

/**
 * A person says that the older database is the one to go on with. Every company must have been read whole since the
 * discovery; from then on nothing leaves without approval, for what was sent meanwhile is known only where it arrived.
 * Throws RESTORE_UNREAD naming who was not read. Nothing happens when the database was not restored.
 */
export async function confirmRestored({ store, clock, seen }: RestoreDeps, by: string): Promise<void> {
  const since = await readRestored(store.reader);
  if (since === null) return;
  const connections = await readConnections(store.reader);
  await assertReadWhole(
    store,
    connections.filter((one) => one.state === 'active'),
    since,
  );
  await store.write(async (tx) => {
    const change = { by, atMs: clock.nowMs() };
    for (const connection of connections) await setConnectionMode(tx, connection.id, 'propose');
    const ready = await readIntents(tx, { states: ['ready'] });
    for (const intent of ready) {
      const to = { state: 'proposed', reason: 'decided before the database was restored' } as const;
      await moveIntent(tx, intent.id, ['ready'], to, change.atMs);
    }
    await setRestored(tx, false, change);
    await appendAudit(tx, change.atMs, {
      connectionId: null,
      actor: by,
      action: 'database.accepted',
      subject: 'database',
      details: { proposedAgain: ready.length },
    });
  });
  await seen.accept(store.reader);
}

async function assertReadWhole(store: Store, active: Connection[], sinceMs: number): Promise<void> {
  const unread: string[] = [];
  for (const { id } of active) {
    const run = await readLastFullRun(store.reader, id);
    if (run === null || run.startedAtMs < sinceMs) unread.push(id);
  }
  if (unread.length === 0) return;
  throw new HoldfastError(
    'RESTORE_UNREAD',
    `This database is older than what Holdfast has done with it, and ${unread.join(', ')} was not read whole since that was noticed.`,
    { kind: 'state', hint: `Run \`holdfast sync --full ${unread[0] ?? ''}\` first, then this again.` },
  );
}
