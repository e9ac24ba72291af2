import { appendAudit } from '../audit/index.ts';
import { PlatformError, dayAt, type ConnectionId } from '../domain/index.ts';
import { needsReconnect, setConnectionState, type Connection } from '../mirror/index.ts';
import { claimAddresses, setReminderState } from '../reminders/index.ts';
import { LEASE_TTL_MS, withLease } from '../store/index.ts';
import type { EffectContext, EffectResult, OutboxDeps, Prepared } from './effect.ts';
import { checkGates } from './gates.ts';
import { finish, line, type DispatchLine } from './finish.ts';
import { prepareHold } from './hold-effect.ts';
import type { Intent, IntentKind } from './intent.ts';
import { prepareNote } from './note-effect.ts';
import { prepareReminder } from './reminder-effect.ts';
import { isReminderHour } from './reminder-hour.ts';
import { stopWhenRestored } from './restored.ts';
import { insertAttempt, moveIntent, readIntents, readUnconfirmed, type Attempt } from './store.ts';
import { confirmSent, expireOverdue, recoverInterrupted, verifyUnknown } from './settle.ts';

export interface DispatchOptions {
  kinds: readonly IntentKind[];
  /** Send messages although the window is closed: only a person may ask for this. */
  ignoreWindow?: boolean;
  onProgress?: (done: number, total: number) => void;
}

export interface DispatchSummary {
  connectionId: ConnectionId;
  lines: DispatchLine[];
}

const LEASE = { ttlMs: LEASE_TTL_MS, waitMs: 30_000 };

/**
 * Carries out what is ready: settle what an earlier run left open, then one intent at a time, each behind its gates
 * and a preflight, with the attempt committed before its first byte. One dispatcher per connection.
 */
export async function dispatch(
  deps: OutboxDeps,
  connection: Connection,
  options: DispatchOptions,
): Promise<DispatchSummary> {
  return withLease(deps.store, deps.clock, `dispatch:${connection.id}`, LEASE, async () => {
    const summary: DispatchSummary = { connectionId: connection.id, lines: [] };
    await stopWhenRestored(deps);
    await recoverInterrupted(deps, connection);
    await expireOverdue(deps, connection);
    if (!(await hasWork(deps, connection))) return summary;
    const context: EffectContext = { ...deps, connection, session: await deps.openSession(connection) };
    await verifyUnknown(context, summary.lines);
    await confirmSent(context, summary.lines);
    await carryOutAll(context, options, summary);
    return summary;
  });
}

/** Nothing to do must cost no call and no token. */
async function hasWork(deps: OutboxDeps, connection: Connection): Promise<boolean> {
  const { reader } = deps.store;
  const open = await readIntents(reader, { connectionId: connection.id, states: ['ready', 'unknown'] });
  return open.length > 0 || (await readUnconfirmed(reader, connection.id, deps.clock.nowMs())).length > 0;
}

/** Effects may bring others with them (the note of a hold), so it goes on until nothing new is ready. */
async function carryOutAll(
  context: EffectContext,
  options: DispatchOptions,
  summary: DispatchSummary,
): Promise<void> {
  const tried = new Set<number>();
  for (;;) {
    const ready = (await readReady(context, options)).filter((intent) => !tried.has(intent.id));
    if (ready.length === 0) return;
    const total = summary.lines.length + ready.length;
    for (const intent of ready) {
      tried.add(intent.id);
      summary.lines.push(await carryOut(context, intent));
      options.onProgress?.(summary.lines.length, total);
    }
  }
}

async function readReady(context: EffectContext, options: DispatchOptions): Promise<Intent[]> {
  const { store, clock, connection, policy } = context;
  const now = clock.nowMs();
  const ready = await readIntents(store.reader, {
    connectionId: connection.id,
    states: ['ready'],
    kinds: options.kinds,
  });
  if (options.ignoreWindow === true) return ready;
  return ready.filter((intent) => {
    if (intent.kind === 'reminder' && !isReminderHour(intent, connection, policy, now)) return false;
    return intent.notBeforeMs <= now;
  });
}

async function carryOut(context: EffectContext, intent: Intent): Promise<DispatchLine> {
  const gate = await checkGates(context.store.reader, intent, context.policy, context.clock.nowMs());
  if (!gate.pass) {
    if (gate.action === 'supersede') return close(context, intent, 'superseded', gate.reason);
    return line(intent, 'ready', false, `waits: ${gate.reason}`);
  }
  let prepared: Prepared;
  try {
    prepared = await prepare(context, intent);
  } catch (error) {
    return preflightFailed(context, intent, error);
  }
  if (!prepared.go) {
    const state = intent.kind === 'note' ? 'done' : 'superseded';
    return close(context, intent, state, prepared.reason);
  }
  const attempt = await begin(context, intent, prepared);
  if (typeof attempt === 'string') return line(intent, 'ready', false, attempt);
  if (attempt === null)
    return close(context, intent, 'superseded', 'another message went to this address today');
  return finish(context, intent, attempt, await perform(context, prepared));
}

function prepare(context: EffectContext, intent: Intent): Promise<Prepared> {
  if (intent.kind === 'reminder') return prepareReminder(context, intent);
  if (intent.kind === 'note') return prepareNote(context, intent);
  return prepareHold(context, intent);
}

/** Nothing was attempted: the intent stays as it is, unless the connection itself needs a person. */
async function preflightFailed(
  context: EffectContext,
  intent: Intent,
  error: unknown,
): Promise<DispatchLine> {
  if (!(error instanceof PlatformError)) throw error;
  if (needsReconnect(error)) {
    await context.store.write((tx) =>
      setConnectionState(tx, context.connection.id, 'reconnect', error.message),
    );
  }
  if (error.code === 'PLATFORM_NOT_FOUND')
    return close(context, intent, 'superseded', 'gone on the platform');
  return line(intent, 'ready', false, `waits: the look before could not be made (${error.message})`);
}

/**
 * The commit before the first byte. Re-checks what a person may have changed since: the intent's state, the kill
 * switch, the exclusion. Returns why it must wait, null when the address is taken today, else the attempt.
 */
async function begin(
  context: EffectContext,
  intent: Intent,
  prepared: Extract<Prepared, { go: true }>,
): Promise<Attempt | string | null> {
  const { store, clock, connection, policy } = context;
  return store.write(async (tx) => {
    const now = clock.nowMs();
    const gate = await checkGates(tx, intent, policy, now);
    if (!gate.pass) return `waits: ${gate.reason}`;
    const { reminderId } = intent;
    const day = dayAt(now, connection.timeZone);
    if (
      reminderId !== null &&
      !(await claimAddresses(tx, connection.id, prepared.addresses, day, reminderId))
    )
      return null;
    const to = { state: 'attempting', reason: 'under way' } as const;
    if (!(await moveIntent(tx, intent.id, ['ready'], to, now))) return 'waits: somebody else took it up';
    if (intent.reminderId !== null) await setReminderState(tx, intent.reminderId, 'attempting');
    const attempt = await insertAttempt(tx, intent, prepared.bodyHash, now);
    await appendAudit(tx, now, {
      connectionId: connection.id,
      actor: 'dispatch',
      action: 'effect.attempting',
      subject: `intent ${intent.id}`,
      details: {
        kind: intent.kind,
        customer: intent.customerId,
        attempt: attempt.number,
        bodyHash: prepared.bodyHash,
      },
    });
    return attempt;
  });
}

async function perform(
  { seen, store }: EffectContext,
  prepared: Extract<Prepared, { go: true }>,
): Promise<EffectResult> {
  try {
    await seen.advance(store.reader);
  } catch (error) {
    const detail = `what is about to leave could not be written down: ${(error as Error).message}`;
    return { outcome: 'not-sent', confirmed: false, detail };
  }
  try {
    return await prepared.perform();
  } catch (error) {
    if (!(error instanceof PlatformError)) {
      return {
        outcome: 'unknown',
        confirmed: false,
        detail: error instanceof Error ? error.message : String(error),
      };
    }
    const outcome =
      error.sent === 'no' ? 'not-sent' : error.sent === 'refused' ? refusedOutcome(error) : 'unknown';
    return { outcome, confirmed: false, detail: `${error.code}: ${error.message}` };
  }
}

/** What never left may be tried again; so may what was turned away for now (a limit, a mail server's 4xx). */
function refusedOutcome(error: PlatformError): 'refused' | 'not-sent' {
  const passing = [
    'PLATFORM_RATE_LIMITED',
    'PLATFORM_DAY_LIMIT',
    'PLATFORM_TOKEN_REJECTED',
    'PLATFORM_STALE',
  ];
  const turnedDown = error.sent === 'refused' || error.code === 'PLATFORM_REFUSED';
  return turnedDown && !error.retryable && !passing.includes(error.code) ? 'refused' : 'not-sent';
}

/** Ends an intent that was never attempted. */
async function close(
  context: EffectContext,
  intent: Intent,
  state: 'superseded' | 'done',
  reason: string,
): Promise<DispatchLine> {
  const { store, clock } = context;
  await store.write(async (tx) => {
    const now = clock.nowMs();
    if (!(await moveIntent(tx, intent.id, ['ready'], { state, reason }, now))) return;
    if (intent.reminderId !== null) await setReminderState(tx, intent.reminderId, 'superseded');
    await appendAudit(tx, now, {
      connectionId: intent.connectionId,
      actor: 'dispatch',
      action: `intent.${state}`,
      subject: `intent ${intent.id}`,
      details: { kind: intent.kind, customer: intent.customerId, reason },
    });
  });
  return line(intent, state, false, reason);
}
